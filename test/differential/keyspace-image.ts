// Everything a client can learn about the data of a server: for each database each key's type,
// value, encoding and deadline. Two servers hold the same when their images agree.

import { show } from '../protocol/test-client.js';
import { parseReply, RespConnection } from '../support/resp-connection.js';

export interface KeyImage {
  readonly type: string;
  readonly encoding: string;
  /** Unix ms, or -1. */
  readonly deadlineMs: number;
  /** The value: a string serialised by DUMP, what is in a collection as text. */
  readonly value: string;
  /** What is in a list or a set; empty for other types. */
  readonly elements: readonly string[];
}

/** By `database:key`. */
export type KeyspaceImage = ReadonlyMap<string, KeyImage>;

const DATABASES = 16;

/** In RESP2 a set or a hash comes as an array, in an order that says nothing. */
async function valueImage(
  connection: RespConnection,
  type: string,
  key: Buffer,
): Promise<{ value: string; elements: readonly string[] }> {
  const ask = async (...words: string[]): Promise<string[]> => {
    const reply = parseReply(await connection.call(words[0], key, ...words.slice(1)));
    if (!('items' in reply)) throw new Error(`${words[0]} answers ${show(reply)}`);
    return reply.items.map(show);
  };
  const pairs = (items: readonly string[]): string[] =>
    items.flatMap((item, i) => (i % 2 === 0 ? [JSON.stringify([item, items[i + 1]])] : []));
  switch (type) {
    case 'list': {
      const elements = await ask('LRANGE', '0', '-1');
      return { value: JSON.stringify(elements), elements };
    }
    case 'set': {
      const elements = (await ask('SMEMBERS')).sort();
      return { value: JSON.stringify(elements), elements };
    }
    case 'hash':
      return {
        value: pairs(await ask('HGETALL'))
          .sort()
          .join(' '),
        elements: [],
      };
    case 'zset': {
      // Redis 7.0 prints scores with 17 digits.
      const items = (await ask('ZRANGE', '0', '-1', 'WITHSCORES')).map((item, i) =>
        i % 2 === 0 ? item : Number(item),
      );
      return { value: JSON.stringify(items), elements: [] };
    }
    default:
      return { value: show(parseReply(await connection.call('DUMP', key))), elements: [] };
  }
}

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
      ]);
      const [type, encoding, deadline] = replies.map((raw) => show(parseReply(raw)));
      const deadlineMs = Number(deadline.slice(1));
      const { value, elements } = await valueImage(connection, type, key);
      image.set(`${database}:${show(item)}`, { type, encoding, deadlineMs, value, elements });
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

/**
 * A small list is a listpack here as in Redis 7.2; in 7.0 every list is a quicklist. A quicklist
 * that has become small, but not small enough to be packed, is packed when it is loaded.
 */
function mayListDiffer(mine: string, other: string, mayReencode: boolean): boolean {
  const [packed, large] = mayReencode ? [other, mine] : [mine, other];
  return packed === 'listpack' && large === 'quicklist';
}

/** A small set of other members than integers is a listpack here as in Redis 7.2. */
function maySetDiffer(mine: string, other: string): boolean {
  return mine === 'listpack' && other === 'hashtable';
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
    for (const field of ['type', 'encoding', 'value'] as const) {
      if (mine[field] === other[field]) continue;
      const isReencoded = field === 'encoding' && mayBecome(mine.encoding, other.encoding);
      if (isReencoded && tolerance.mayReencode) continue;
      const isList = field === 'encoding' && mine.type === 'list';
      if (isList && mayListDiffer(mine.encoding, other.encoding, tolerance.mayReencode)) continue;
      const isSet = field === 'encoding' && mine.type === 'set';
      if (isSet && !tolerance.mayReencode && maySetDiffer(mine.encoding, other.encoding)) continue;
      const texts = [mine[field], other[field]].map((text) => JSON.stringify(text.slice(0, 200)));
      lines.push(`${name} ${field}: ${texts.join(' and ')}`);
    }
  }
  return lines;
}
