// The commands that simulated clients send, as the model runs them: what changes and what the
// exact reply is. Keys are named after their types, so no command meets a value of another type.

import { Entry, type ModelState, sortedByScore, type Value } from './model-state.js';

/** What a command knows of who sent it. */
export interface Caller {
  db: number;
}

type Run = (state: ModelState, caller: Caller, words: readonly string[]) => string;

export const OK = '+OK\r\n';
export const NULL_BULK = '$-1\r\n';
export const NULL_ARRAY = '*-1\r\n';

export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

export function array(replies: readonly string[]): string {
  return `*${replies.length}\r\n${replies.join('')}`;
}

function integer(value: number): string {
  return `:${value}\r\n`;
}

export function keyOf(caller: Caller, name: string): string {
  return `${caller.db} ${name}`;
}

/** Replaces a value and keeps the deadline; an empty collection is no key. */
function change(state: ModelState, key: string, value: Value): void {
  const isEmpty =
    (value.type === 'list' && value.items.length === 0) ||
    (value.type === 'set' && value.members.size === 0) ||
    (value.type === 'hash' && value.fields.size === 0) ||
    (value.type === 'zset' && value.scores.size === 0);
  state.put(key, isEmpty ? null : new Entry(value, state.get(key)?.deadlineMs ?? -1));
}

function textOf(state: ModelState, key: string): string | null {
  const value = state.get(key)?.value;
  return value?.type === 'string' ? value.text : null;
}

function itemsOf(state: ModelState, key: string): readonly string[] {
  const value = state.get(key)?.value;
  return value?.type === 'list' ? value.items : [];
}

function membersOf(state: ModelState, key: string): ReadonlySet<string> {
  const value = state.get(key)?.value;
  return value?.type === 'set' ? value.members : new Set();
}

function fieldsOf(state: ModelState, key: string): ReadonlyMap<string, string> {
  const value = state.get(key)?.value;
  return value?.type === 'hash' ? value.fields : new Map();
}

function scoresOf(state: ModelState, key: string): ReadonlyMap<string, number> {
  const value = state.get(key)?.value;
  return value?.type === 'zset' ? value.scores : new Map();
}

/** Takes an element off a list. @returns it, or null */
export function popFrom(state: ModelState, key: string, side: 'LEFT' | 'RIGHT'): string | null {
  const items = itemsOf(state, key);
  if (items.length === 0) return null;
  const isLeft = side === 'LEFT';
  const rest = isLeft ? items.slice(1) : items.slice(0, -1);
  change(state, key, { type: 'list', items: rest });
  return isLeft ? items[0] : items[items.length - 1];
}

const increment: Run = (state, caller, [, name, by = '1']) => {
  const key = keyOf(caller, name);
  const sum = Number(textOf(state, key) ?? 0) + Number(by);
  change(state, key, { type: 'string', text: String(sum) });
  return integer(sum);
};

const push =
  (isLeft: boolean): Run =>
  (state, caller, [, name, ...added]) => {
    const key = keyOf(caller, name);
    const items = itemsOf(state, key);
    const next = isLeft ? [...added.toReversed(), ...items] : [...items, ...added];
    change(state, key, { type: 'list', items: next });
    return integer(next.length);
  };

const pop =
  (side: 'LEFT' | 'RIGHT'): Run =>
  (state, caller, [, name]) => {
    const item = popFrom(state, keyOf(caller, name), side);
    return item === null ? NULL_BULK : bulk(item);
  };

const STRINGS: Record<string, Run> = {
  SET: (state, caller, [, name, text, , milliseconds]) => {
    const deadlineMs = milliseconds === undefined ? -1 : state.nowMs + Number(milliseconds);
    state.put(keyOf(caller, name), new Entry({ type: 'string', text }, deadlineMs));
    return OK;
  },
  GET: (state, caller, [, name]) => {
    const text = textOf(state, keyOf(caller, name));
    return text === null ? NULL_BULK : bulk(text);
  },
  INCR: increment,
  INCRBY: increment,
  APPEND: (state, caller, [, name, more]) => {
    const key = keyOf(caller, name);
    const text = `${textOf(state, key) ?? ''}${more}`;
    change(state, key, { type: 'string', text });
    return integer(text.length);
  },
};

const KEYS: Record<string, Run> = {
  DEL: (state, caller, [, ...names]) => {
    let count = 0;
    for (const name of names) {
      const key = keyOf(caller, name);
      if (state.get(key) === null) continue;
      state.put(key, null);
      count++;
    }
    return integer(count);
  },
  EXISTS: (state, caller, [, name]) => integer(state.get(keyOf(caller, name)) === null ? 0 : 1),
  PEXPIRE: (state, caller, [, name, milliseconds]) => {
    const key = keyOf(caller, name);
    const entry = state.get(key);
    if (entry === null) return integer(0);
    state.put(key, new Entry(entry.value, state.nowMs + Number(milliseconds)));
    return integer(1);
  },
  PERSIST: (state, caller, [, name]) => {
    const key = keyOf(caller, name);
    const entry = state.get(key);
    if (entry === null || entry.deadlineMs < 0) return integer(0);
    state.put(key, new Entry(entry.value));
    return integer(1);
  },
  PTTL: (state, caller, [, name]) => {
    const entry = state.get(keyOf(caller, name));
    if (entry === null) return integer(-2);
    return integer(entry.deadlineMs < 0 ? -1 : entry.deadlineMs - state.nowMs);
  },
  RENAME: (state, caller, [, from, to]) => {
    const entry = state.get(keyOf(caller, from));
    if (entry === null) return '-ERR no such key\r\n';
    if (from === to) return OK;
    state.put(keyOf(caller, from), null);
    state.put(keyOf(caller, to), null);
    state.put(keyOf(caller, to), entry);
    return OK;
  },
  COPY: (state, caller, [, from, to]) => {
    const entry = state.get(keyOf(caller, from));
    if (entry === null) return integer(0);
    state.put(keyOf(caller, to), null);
    state.put(keyOf(caller, to), new Entry(entry.value, entry.deadlineMs));
    return integer(1);
  },
  FLUSHDB: (state, caller) => {
    for (const key of state.keys(`${caller.db} `)) state.put(key, null);
    return OK;
  },
  SELECT: (_state, caller, [, db]) => {
    caller.db = Number(db);
    return OK;
  },
  PING: () => '+PONG\r\n',
  CONFIG: () => OK,
};

const LISTS: Record<string, Run> = {
  RPUSH: push(false),
  LPUSH: push(true),
  LPOP: pop('LEFT'),
  RPOP: pop('RIGHT'),
  LLEN: (state, caller, [, name]) => integer(itemsOf(state, keyOf(caller, name)).length),
  LRANGE: (state, caller, [, name]) => array(itemsOf(state, keyOf(caller, name)).map(bulk)),
  LMOVE: (state, caller, [, from, to]) => {
    const item = popFrom(state, keyOf(caller, from), 'LEFT');
    if (item === null) return NULL_BULK;
    const key = keyOf(caller, to);
    change(state, key, { type: 'list', items: [...itemsOf(state, key), item] });
    return bulk(item);
  },
};

const SETS: Record<string, Run> = {
  SADD: (state, caller, [, name, ...added]) => {
    const key = keyOf(caller, name);
    const members = membersOf(state, key);
    const next = new Set([...members, ...added]);
    if (next.size > members.size) change(state, key, { type: 'set', members: next });
    return integer(next.size - members.size);
  },
  SREM: (state, caller, [, name, ...gone]) => {
    const key = keyOf(caller, name);
    const members = membersOf(state, key);
    const next = new Set([...members].filter((member) => !gone.includes(member)));
    if (next.size < members.size) change(state, key, { type: 'set', members: next });
    return integer(members.size - next.size);
  },
  SCARD: (state, caller, [, name]) => integer(membersOf(state, keyOf(caller, name)).size),
};

const HASHES: Record<string, Run> = {
  HSET: (state, caller, [, name, ...pairs]) => {
    const key = keyOf(caller, name);
    const fields = fieldsOf(state, key);
    const next = new Map(fields);
    for (let i = 0; i < pairs.length; i += 2) next.set(pairs[i], pairs[i + 1]);
    change(state, key, { type: 'hash', fields: next });
    return integer(next.size - fields.size);
  },
  HGET: (state, caller, [, name, field]) => {
    const text = fieldsOf(state, keyOf(caller, name)).get(field);
    return text === undefined ? NULL_BULK : bulk(text);
  },
  HDEL: (state, caller, [, name, field]) => {
    const key = keyOf(caller, name);
    const next = new Map(fieldsOf(state, key));
    if (!next.delete(field)) return integer(0);
    change(state, key, { type: 'hash', fields: next });
    return integer(1);
  },
  HINCRBY: (state, caller, [, name, field, by]) => {
    const key = keyOf(caller, name);
    const fields = fieldsOf(state, key);
    const sum = Number(fields.get(field) ?? 0) + Number(by);
    change(state, key, { type: 'hash', fields: new Map(fields).set(field, String(sum)) });
    return integer(sum);
  },
  HLEN: (state, caller, [, name]) => integer(fieldsOf(state, keyOf(caller, name)).size),
};

const ZSETS: Record<string, Run> = {
  ZADD: (state, caller, [, name, score, member]) => {
    const key = keyOf(caller, name);
    const scores = scoresOf(state, key);
    const before = scores.get(member);
    if (before !== Number(score)) {
      const next = new Map(scores).set(member, Number(score));
      change(state, key, { type: 'zset', scores: next });
    }
    return integer(before === undefined ? 1 : 0);
  },
  ZINCRBY: (state, caller, [, name, by, member]) => {
    const key = keyOf(caller, name);
    const scores = scoresOf(state, key);
    const sum = (scores.get(member) ?? 0) + Number(by);
    change(state, key, { type: 'zset', scores: new Map(scores).set(member, sum) });
    return bulk(String(sum));
  },
  ZPOPMIN: (state, caller, [, name]) => {
    const key = keyOf(caller, name);
    const [first, ...rest] = sortedByScore(scoresOf(state, key));
    if (first === undefined) return array([]);
    change(state, key, { type: 'zset', scores: new Map(rest) });
    return array([bulk(first[0]), bulk(String(first[1]))]);
  },
  ZRANGE: (state, caller, [, name]) => {
    const all = sortedByScore(scoresOf(state, keyOf(caller, name)));
    return array(all.flatMap(([member, score]) => [bulk(member), bulk(String(score))]));
  },
};

export const MODEL_COMMANDS: Readonly<Record<string, Run>> = {
  ...STRINGS,
  ...KEYS,
  ...LISTS,
  ...SETS,
  ...HASHES,
  ...ZSETS,
};
