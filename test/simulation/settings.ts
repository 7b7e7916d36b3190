// How simulated servers are set up, and how clients set them up anew while they run. Invariant:
// whatever is chosen here changes when and how things are written, never what a reply says.

import { POLICIES, type Policy } from './policy-history.js';
import type { VirtualTime } from './virtual-time.js';
import type { Words } from './workload.js';

/** `no` promises the least, so there is least to see. */
const POLICY_CHOICES = [...POLICIES, 'everysec', 'always'] as const;

const EVICTIONS = ['noeviction', 'noeviction', 'allkeys-random', 'allkeys-lru', 'volatile-ttl'];

/** Less than any data takes: everything is evicted, or refused. */
const LIMIT_MIN_BYTES = 100;

/** Few elements make a large collection, so both forms are met. */
const SMALL_COLLECTIONS = {
  'hash-max-listpack-entries': '8',
  'zset-max-listpack-entries': '8',
  'set-max-listpack-entries': '8',
  'list-max-listpack-size': '4',
};

export interface Settings {
  readonly policy: Policy;
  /** Whether steps of the wall clock are followed slowly. */
  readonly isSlewed: boolean;
  readonly directives: Readonly<Record<string, string>>;
  readonly segmentSizeBytes: number;
}

function policyChoice(time: VirtualTime): Policy {
  return POLICY_CHOICES[time.below(POLICY_CHOICES.length)];
}

/** @returns what a server starts with */
export function startSettings(time: VirtualTime): Settings {
  const policy = policyChoice(time);
  const isSlewed = !time.oneIn(3);
  return {
    policy,
    isSlewed,
    directives: {
      ...SMALL_COLLECTIONS,
      ...rewriting(time),
      appendfsync: policy,
      'expire-clock': isSlewed ? 'slewed' : 'wall',
    },
    segmentSizeBytes: 2000 + time.below(30_000),
  };
}

/** @returns a CONFIG SET of how much memory there is, about as much as is in use */
export function memoryCommand(time: VirtualTime, usedBytes: number): Words {
  if (time.oneIn(4)) return ['CONFIG', 'SET', 'maxmemory', '0'];
  const limitBytes = Math.max(LIMIT_MIN_BYTES, usedBytes + time.below(12_000) - 4000);
  const policy = EVICTIONS[time.below(EVICTIONS.length)];
  return ['CONFIG', 'SET', 'maxmemory', String(limitBytes), 'maxmemory-policy', policy];
}

/** @returns a CONFIG SET of what concerns the log */
export function settingCommand(time: VirtualTime): Words {
  if (time.oneIn(2)) return ['CONFIG', 'SET', 'appendfsync', policyChoice(time)];
  const pairs = Object.entries({
    ...rewriting(time),
    'aof-history-generations': String(time.below(3)),
    'aof-scrub-hours': String(time.below(2)),
  });
  const kept = pairs.filter(() => time.oneIn(2));
  return ['CONFIG', 'SET', ...(kept.length > 0 ? kept : pairs).flat()];
}

function rewriting(time: VirtualTime): Record<string, string> {
  return {
    'auto-aof-rewrite-percentage': time.oneIn(3) ? '0' : String(50 + time.below(200)),
    'auto-aof-rewrite-min-size': String(4000 + time.below(20_000)),
  };
}
