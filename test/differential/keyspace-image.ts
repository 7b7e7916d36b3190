// Everything a client can learn about the data of a server: for each database each key's type,
// value, encoding and deadline. Two servers hold the same when their images agree.

import { show } from '../protocol/test-client.js';
import { parseReply, RespConnection } from '../support/resp-connection.js';

export interface KeyImage {
  readonly type: string;
  readonly encoding: string;
  /** Unix ms, or -1. */
  readonly deadlineMs: number;
  /** The value, serialised by DUMP. */
  readonly dump: string;
}

/** By `database:key`. */
export type KeyspaceImage = ReadonlyMap<string, KeyImage>;

const DATABASES = 16;

export async function takeImage(port: number): Promise<KeyspaceImage> {
  const connection = await RespConnection.open(port);
  const image = new Map<string, KeyImage>();
  for (let database = 0; database < DATABASES; database++) {
    const [, listed] = await connection.exchange([
      ['SELECT', database],
      ['KEYS', '*'],
    ]);
    const keys = parseReply(listed);
    if (!('items' in keys)) throw new Error(`KEYS answers ${show(keys)}`);
    for (const item of keys.items) {
      const key = Buffer.from(show(item), 'latin1');
      const replies = await connection.exchange([
        ['TYPE', key],
        ['OBJECT', 'ENCODING', key],
        ['PEXPIRETIME', key],
        ['DUMP', key],
      ]);
      const [type, encoding, deadline, dump] = replies.map((raw) => show(parseReply(raw)));
      const deadlineMs = Number(deadline.slice(1));
      image.set(`${database}:${show(item)}`, { type, encoding, deadlineMs, dump });
    }
  }
  await connection.close();
  return image;
}

export interface ImageTolerance {
  readonly deadlineMs: number;
  /** A load may give a value the encoding that it would have if it were set now. */
  readonly mayReencode: boolean;
}

/** Whether strings of these encodings may hold the same value before and after a load. */
function mayBecome(before: string, after: string): boolean {
  return before !== after && before !== 'int' && (after === 'int' || after === 'embstr');
}

/** @returns what differs, a line each */
export function compareImages(
  ours: KeyspaceImage,
  theirs: KeyspaceImage,
  tolerance: ImageTolerance,
): string[] {
  const lines: string[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const mine = ours.get(key);
    const other = theirs.get(key);
    const name = JSON.stringify(key);
    if (mine === undefined || other === undefined) {
      lines.push(`${name} is only in ${mine === undefined ? 'the second' : 'the first'}`);
      continue;
    }
    const [mineMs, otherMs] = [mine, other].map(({ deadlineMs }) =>
      Math.min(deadlineMs, Number.MAX_SAFE_INTEGER),
    );
    const isNear =
      Math.abs(mineMs - otherMs) <= tolerance.deadlineMs &&
      mine.deadlineMs < 0 === other.deadlineMs < 0;
    if (!isNear) lines.push(`${name} deadline: ${mine.deadlineMs} and ${other.deadlineMs}`);
    for (const field of ['type', 'encoding', 'dump'] as const) {
      if (mine[field] === other[field]) continue;
      const isReencoded = field === 'encoding' && mayBecome(mine.encoding, other.encoding);
      if (isReencoded && tolerance.mayReencode) continue;
      const texts = [mine[field], other[field]].map((text) => JSON.stringify(text.slice(0, 200)));
      lines.push(`${name} ${field}: ${texts.join(' and ')}`);
    }
  }
  return lines;
}
