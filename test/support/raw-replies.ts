// Cuts a stream of bytes into replies without interpreting them, so that two servers can be
// compared byte for byte. RESP2 and RESP3. Invariant: the cut replies are the stream, no byte more
// or less.

const CARRIAGE_RETURN = 13;
const MINUS = 45;
/** Replies of these types are lines. */
const LINE_TYPES = new Set('+-:_,#('.split('').map((type) => type.charCodeAt(0)));
const BULK_TYPES = new Set('$=!'.split('').map((type) => type.charCodeAt(0)));
/** How many values follow for each unit of an aggregate's length. */
const AGGREGATE_FACTORS = new Map([
  ['*'.charCodeAt(0), 1],
  ['~'.charCodeAt(0), 1],
  ['>'.charCodeAt(0), 1],
  ['%'.charCodeAt(0), 2],
  ['|'.charCodeAt(0), 2],
]);
/** Said about the value that follows; not a value itself. */
const ATTRIBUTE = '|'.charCodeAt(0);

/** @returns where the line that begins at `at` ends, behind its CRLF; -1 when it is not whole */
function lineEnd(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(CARRIAGE_RETURN, at);
  return end < 0 || end + 1 >= bytes.length ? -1 : end + 2;
}

/**
 * @returns where the reply that begins at `from` ends; -1 when it is not all there
 * @throws Error for bytes that are no reply
 */
export function replyEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (let missing = 1; missing > 0; missing--) {
    if (at >= bytes.length) return -1;
    const type = bytes[at];
    const end = lineEnd(bytes, at);
    if (end < 0) return -1;
    const factor = AGGREGATE_FACTORS.get(type);
    if (factor !== undefined && bytes[at + 1] !== MINUS) {
      missing += factor * Number(bytes.toString('latin1', at + 1, end - 2));
      if (type === ATTRIBUTE) missing++;
      at = end;
    } else if (BULK_TYPES.has(type) && bytes[at + 1] !== MINUS) {
      at = end + Number(bytes.toString('latin1', at + 1, end - 2)) + 2;
      if (at > bytes.length) return -1;
    } else if (LINE_TYPES.has(type) || factor !== undefined || BULK_TYPES.has(type)) {
      at = end;
    } else {
      const line = JSON.stringify(bytes.toString('latin1', at, end));
      throw new Error(`no reply begins with ${line}`);
    }
  }
  return at;
}

export class RawReplies {
  private bytes = Buffer.alloc(0);
  private at = 0;

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes.subarray(this.at), chunk]);
    this.at = 0;
  }

  /** @returns the next whole reply, or null */
  next(): Buffer | null {
    const end = replyEnd(this.bytes, this.at);
    if (end < 0) return null;
    const reply = this.bytes.subarray(this.at, end);
    this.at = end;
    return reply;
  }
}
