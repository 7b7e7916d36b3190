// The thresholds between packed and large collections, under the names of their directives.
// Invariant: they decide the form of what is written from now on; what is there keeps its form.

export class CollectionLimits {
  hashMaxListpackEntries = 512;
  hashMaxListpackValue = 64;
  setMaxIntsetEntries = 512;
  setMaxListpackEntries = 128;
  setMaxListpackValue = 64;
  zsetMaxListpackEntries = 128;
  zsetMaxListpackValue = 64;
  /** Elements per node; -1 to -5 for 4 to 64 KiB. */
  listMaxListpackSize = -2;
  /** DEBUG QUICKLIST-PACKED-THRESHOLD: bytes of elements that get a node of their own; 0: none. */
  listPackedThreshold = 0;
}

/** Each limit with its directive. */
export const LIMITS: readonly (readonly [limit: keyof CollectionLimits, directive: string])[] = [
  ['hashMaxListpackEntries', 'hash-max-listpack-entries'],
  ['hashMaxListpackValue', 'hash-max-listpack-value'],
  ['setMaxIntsetEntries', 'set-max-intset-entries'],
  ['setMaxListpackEntries', 'set-max-listpack-entries'],
  ['setMaxListpackValue', 'set-max-listpack-value'],
  ['zsetMaxListpackEntries', 'zset-max-listpack-entries'],
  ['zsetMaxListpackValue', 'zset-max-listpack-value'],
  ['listMaxListpackSize', 'list-max-listpack-size'],
];
