// Eviction: which key goes when memory is over its limit. As in Redis a few keys are looked at and
// the best of them goes; keys with a deadline are drawn from the timing wheel, so few of them among
// many others cost nothing. Invariant: an evicted key is reported before it goes, like an expiry.

import { NO_REF, type Ref } from '../memory/chunks.js';
import { assert } from '../util/assert.js';
import { randomBelow } from '../util/random.js';
import type { Database } from './database.js';
import type { Keyspace } from './keyspace.js';

const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const;
export type EvictionPolicy = (typeof POLICIES)[number];

export interface EvictionRules {
  readonly policy: EvictionPolicy;
  /** maxmemory-samples: keys looked at in each database. */
  readonly samples: number;
}

/** Keys evicted between two looks at the memory in use; more only delays the answer. */
const EVICTIONS_MAX = 10_000;

/** Elements of dropped values that one call may free (about a millisecond's), and one portion. */
const FREE_STEPS_MAX = 16_384;
const FREE_STEPS = 1024;

/** @returns the policy that `maxmemory-policy` names; the directive takes no other word */
export function evictionPolicy(name: string): EvictionPolicy {
  const policy = POLICIES.find((each) => each === name);
  assert(policy !== undefined, `${name} is an eviction policy`);
  return policy;
}

/**
 * Evicts until `limitBytes` is kept, or nothing is left that the policy gives up. While a dropped
 * value still waits to be freed no other key has to go for the memory that it will give back.
 * @returns whether memory is (or will, after the next calls, be) within its limit
 */
export function evictTo(keyspace: Keyspace, limitBytes: number, rules: EvictionRules): boolean {
  const { lazyFree } = keyspace;
  let stepsLeft = FREE_STEPS_MAX;
  for (let evicted = 0; keyspace.usedBytes > limitBytes; ) {
    if (lazyFree.pendingObjects > 0) {
      if (stepsLeft === 0) return true;
      stepsLeft -= FREE_STEPS;
      lazyFree.step(FREE_STEPS);
      continue;
    }
    if (evicted++ === EVICTIONS_MAX) return true;
    if (rules.policy === 'noeviction' || !evictOne(keyspace, rules)) return false;
  }
  return true;
}

function evictOne(keyspace: Keyspace, { policy, samples }: EvictionRules): boolean {
  let best: Ref = NO_REF;
  let bestDb: Database | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  const first = randomBelow(keyspace.random, keyspace.databases.length);
  for (let i = 0; i < keyspace.databases.length; i++) {
    const db = keyspace.databases[(first + i) % keyspace.databases.length];
    for (let sample = 0; sample < samples; sample++) {
      const ref = policy.startsWith('allkeys') ? db.randomRef() : db.randomVolatileRef();
      if (ref === NO_REF) break;
      const score = evictionScore(db, ref, policy);
      if (score <= bestScore) continue;
      best = ref;
      bestDb = db;
      bestScore = score;
    }
  }
  if (bestDb === null) return false;
  bestDb.evict(best);
  return true;
}

/** @returns the higher, the sooner the key should go */
function evictionScore(db: Database, ref: Ref, policy: EvictionPolicy): number {
  const { accessClock } = db.keyspace;
  switch (policy) {
    case 'allkeys-lru':
    case 'volatile-lru':
      return accessClock.idleSeconds(db.accessOf(ref));
    case 'allkeys-lfu':
    case 'volatile-lfu':
      return -accessClock.frequency(db.accessOf(ref));
    case 'volatile-ttl':
      return -db.deadlineOf(ref);
    case 'allkeys-random':
    case 'volatile-random':
    case 'noeviction':
      return 0;
  }
}
