// Commands on hashes, and on the deadlines of their fields. Invariant: a field whose deadline has
// passed is absent for every command, and stays in the value until the server takes it out.

import { array, bulk, change, integer, keyOf, NULL_BULK, type Run } from './model-replies.js';
import type { Field, ModelState } from './model-state.js';

const NO_FIELD = -2;
const NO_DEADLINE = -1;
const NOT_MET = 0;
const DONE = 1;
const DELETED = 2;

/** @returns all fields, expired or not */
function fieldsOf(state: ModelState, key: string): Map<string, Field> {
  const value = state.get(key)?.value;
  return new Map(value?.type === 'hash' ? value.fields : []);
}

function isLive({ nowMs }: ModelState, field: Field | undefined): field is Field {
  return field !== undefined && (field.deadlineMs < 0 || field.deadlineMs > nowMs);
}

/** Takes out a field whose deadline has passed. @throws Error when it is not there */
export function removeField(state: ModelState, key: string, name: string): Field {
  const entry = state.peek(key);
  const fields = new Map(entry?.value.type === 'hash' ? entry.value.fields : []);
  const field = fields.get(name);
  if (field === undefined) throw new Error(`${name} of ${key} went, which was not there`);
  fields.delete(name);
  change(state, key, { type: 'hash', fields });
  return field;
}

/** Replies one number for each field, and puts back what `each` changes. */
function forFields(
  state: ModelState,
  key: string,
  names: readonly string[],
  each: (fields: Map<string, Field>, name: string, field: Field) => number,
): string {
  const fields = fieldsOf(state, key);
  const before = new Map(fields);
  const results = names.map((name) => {
    const field = fields.get(name);
    return isLive(state, field) ? each(fields, name, field) : NO_FIELD;
  });
  const isSame = fields.size === before.size && [...fields].every(([n, f]) => before.get(n) === f);
  if (!isSame) change(state, key, { type: 'hash', fields });
  return array(results.map(integer));
}

/** Words are those of `HEXPIRE key time [NX] FIELDS count field ...`. */
const expire =
  (unitMs: number, isAbsolute: boolean): Run =>
  (state, caller, words) => {
    const deadlineMs = Number(words[2]) * unitMs + (isAbsolute ? 0 : state.nowMs);
    const clauseAt = words.indexOf('FIELDS');
    const onlyNew = clauseAt > 3;
    const names = words.slice(clauseAt + 2);
    return forFields(state, keyOf(caller, words[1]), names, (fields, name, field) => {
      if (deadlineMs <= state.nowMs) {
        fields.delete(name);
        return DELETED;
      }
      if (onlyNew && field.deadlineMs >= 0) return NOT_MET;
      fields.set(name, { ...field, deadlineMs });
      return DONE;
    });
  };

const tell =
  (isAbsolute: boolean): Run =>
  (state, caller, [, key, , , ...names]) =>
    forFields(state, keyOf(caller, key), names, (_fields, _name, { deadlineMs }) => {
      if (deadlineMs < 0) return NO_DEADLINE;
      return isAbsolute ? deadlineMs : deadlineMs - state.nowMs;
    });

export const HASHES: Record<string, Run> = {
  HSET: (state, caller, [, name, ...pairs]) => {
    const key = keyOf(caller, name);
    const fields = fieldsOf(state, key);
    const before = fields.size;
    for (let i = 0; i < pairs.length; i += 2) {
      fields.set(pairs[i], { text: pairs[i + 1], deadlineMs: -1 });
    }
    change(state, key, { type: 'hash', fields });
    return integer(fields.size - before);
  },
  HGET: (state, caller, [, name, field]) => {
    const found = fieldsOf(state, keyOf(caller, name)).get(field);
    return isLive(state, found) ? bulk(found.text) : NULL_BULK;
  },
  HDEL: (state, caller, [, name, field]) => {
    const key = keyOf(caller, name);
    const fields = fieldsOf(state, key);
    if (!isLive(state, fields.get(field))) return integer(0);
    fields.delete(field);
    change(state, key, { type: 'hash', fields });
    return integer(1);
  },
  HINCRBY: (state, caller, [, name, field, by]) => {
    const key = keyOf(caller, name);
    const fields = fieldsOf(state, key);
    const found = fields.get(field);
    const sum = Number(found?.text ?? 0) + Number(by);
    fields.set(field, { text: String(sum), deadlineMs: found?.deadlineMs ?? -1 });
    change(state, key, { type: 'hash', fields });
    return integer(sum);
  },
  HLEN: (state, caller, [, name]) => {
    const fields = fieldsOf(state, keyOf(caller, name));
    return integer([...fields.values()].filter((field) => isLive(state, field)).length);
  },
  HEXPIRE: expire(1000, false),
  HPEXPIRE: expire(1, false),
  HPEXPIREAT: expire(1, true),
  HPERSIST: (state, caller, [, key, , , ...names]) =>
    forFields(state, keyOf(caller, key), names, (fields, name, field) => {
      if (field.deadlineMs < 0) return NO_DEADLINE;
      fields.set(name, { ...field, deadlineMs: -1 });
      return DONE;
    }),
  HPTTL: tell(false),
  HPEXPIRETIME: tell(true),
};
