// Cluster key slots: CRC-16/XMODEM (polynomial 0x1021, start 0) of the key or of its hash tag,
// modulo 16384. Invariant: keys with the same non-empty tag between the first `{` and the next `}`
// share a slot.

export const KEY_SLOTS = 16384;

const POLYNOMIAL = 0x1021;
const OPEN = 123;
const CLOSE = 125;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc & 0xffff;
});

/** @returns the CRC-16/XMODEM of `bytes[at .. at + length)` */
export function crc16(bytes: Uint8Array, at: number, length: number): number {
  let crc = 0;
  for (let i = at; i < at + length; i++) crc = ((crc << 8) ^ TABLE[(crc >> 8) ^ bytes[i]]) & 0xffff;
  return crc;
}

/** @returns the slot, 0 to 16383, of the key `bytes[at .. at + length)` */
export function keySlot(bytes: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let open = at;
  while (open < end && bytes[open] !== OPEN) open++;
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSE) close++;
  const tagged = close < end && close > open + 1;
  const crc = tagged ? crc16(bytes, open + 1, close - open - 1) : crc16(bytes, at, length);
  return crc % KEY_SLOTS;
}
