// The commands that simulated clients send, as the model runs them: what changes and what the
// exact reply is. Keys are named after their types, so no command meets a value of another type.

import { HASHES } from './model-hashes.js';
import { array, bulk, change, integer, keyOf, NULL_BULK, OK, type Run } from './model-replies.js';
import { SETS } from './model-sets.js';
import { Entry, type ModelState, sortedByScore } from './model-state.js';

function textOf(state: ModelState, key: string): string | null {
  const value = state.get(key)?.value;
  return value?.type === 'string' ? value.text : null;
}

function itemsOf(state: ModelState, key: string): readonly string[] {
  const value = state.get(key)?.value;
  return value?.type === 'list' ? value.items : [];
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
  CLIENT: () => OK,
};

const LISTS: Record<string, Run> = {
  RPUSH: push(false),
  LPUSH: push(true),
  LPOP: pop('LEFT'),
  RPOP: pop('RIGHT'),
  LLEN: (state, caller, [, name]) => integer(itemsOf(state, keyOf(caller, name)).length),
  LRANGE: (state, caller, [, name]) => array(itemsOf(state, keyOf(caller, name)).map(bulk)),
  LMOVE: (state, caller, [, from, to]) => {
    const source = keyOf(caller, from);
    const [item] = itemsOf(state, source);
    if (item === undefined) return NULL_BULK;
    const key = keyOf(caller, to);
    // A list that is turned round is never empty in between: it keeps its deadline.
    if (source !== key) popFrom(state, source, 'LEFT');
    const items = [...itemsOf(state, key), item];
    change(state, key, { type: 'list', items: source === key ? items.slice(1) : items });
    return bulk(item);
  },
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
