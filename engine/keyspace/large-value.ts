// What the keyspace itself does with large collections, whatever their type: freeing them.

import type { Ref } from '../memory/chunks.js';
import type { Database } from './database.js';

/**
 * Frees some of a large collection that no key refers to any more.
 * @param stepsMax how many elements, about
 * @returns whether all of it is gone, its header too
 */
export function freeLargeStep(_db: Database, type: number, _root: Ref, _stepsMax: number): boolean {
  throw new Error(`a large value of type ${type} cannot be freed yet`);
}
