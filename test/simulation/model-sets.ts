// Commands on sets. SPOP and SRANDMEMBER draw at random: the model is told what was drawn, checks
// that it may be, and follows. Invariant: `state.drawn` is empty after each of them.

import assert from 'node:assert/strict';
import { array, bulk, change, integer, keyOf, NULL_BULK, type Run } from './model-replies.js';
import type { ModelState } from './model-state.js';

function membersOf(state: ModelState, key: string): ReadonlySet<string> {
  const value = state.get(key)?.value;
  return value?.type === 'set' ? value.members : new Set();
}

/**
 * @param count how many are asked for, fewer than 0 with repetitions; null for one without an array
 * @returns what was drawn of the set
 * @throws AssertionError when that cannot be
 */
function drawn(state: ModelState, what: string, key: string, count: number | null): string[] {
  const members = membersOf(state, key);
  const taken = state.drawn.splice(0, 1)[0] ?? [];
  const most = count === null ? 1 : Math.abs(count);
  const isRepeated = count !== null && count < 0;
  const wanted = isRepeated && members.size > 0 ? most : Math.min(most, members.size);
  const draw = `${what} of ${members.size} draws ${taken.join(' ')}`;
  assert.equal(taken.length, wanted, draw);
  assert.ok(
    taken.every((member) => members.has(member)),
    draw,
  );
  assert.ok(isRepeated || new Set(taken).size === taken.length, draw);
  return taken;
}

const draw =
  (removes: boolean): Run =>
  (state, caller, words) => {
    const key = keyOf(caller, words[1]);
    const count = words.length > 2 ? Number(words[2]) : null;
    const taken = drawn(state, words.join(' '), key, count);
    if (removes && taken.length > 0) {
      const members = new Set(membersOf(state, key));
      for (const member of taken) members.delete(member);
      change(state, key, { type: 'set', members });
    }
    if (count !== null) return array(taken.map(bulk));
    return taken.length > 0 ? bulk(taken[0]) : NULL_BULK;
  };

export const SETS: Record<string, Run> = {
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
  SPOP: draw(true),
  SRANDMEMBER: draw(false),
};
