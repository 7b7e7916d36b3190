// DUMP of two servers: strings to the byte; collections by what they hold, since the order of a
// hash table, the cut of a list into nodes and the digits of a score are each server's own.

import { ByteReader } from '../../engine/snapshot/rdb/byte-reader.js';
import {
  type RdbCollection,
  readRdbCollection,
} from '../../engine/snapshot/rdb/rdb-collection-reader.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { parseReply } from '../support/resp-connection.js';
import type { Comparison } from './comparison.js';

const FOOTER_BYTES = 10;
const SEED = { k0: 1, k1: 2 };

/** @returns one line for each element with what belongs to it, sorted but for lists */
function linesOf({ kind, elements, stride }: RdbCollection): string[] {
  const view = elements.view();
  const slice = new ByteSlice();
  const textOf = (index: number): string => {
    elements.open(index, view, slice);
    return JSON.stringify(slice.text());
  };
  const lines: string[] = [];
  for (let i = 0, place = 0; i < elements.count; i += stride, place++) {
    const extra = kind === 'hash' ? textOf(i + 1) : '';
    lines.push(
      `${textOf(i)} ${extra} ${place < elements.numberCount ? elements.numbers[place] : ''}`,
    );
  }
  return kind === 'list' ? lines : lines.sort();
}

function collectionIn(payload: Buffer): RdbCollection | null {
  const reader = new ByteReader(payload, 0, payload.length - FOOTER_BYTES);
  return readRdbCollection(reader.readByte(), reader, SEED);
}

export const sameDump: Comparison = (ours, theirs) => {
  const [mine, other] = [parseReply(ours), parseReply(theirs)];
  if (mine.type !== 'bulk' || other.type !== 'bulk') return 'not both are payloads';
  const [a, b] = [collectionIn(mine.bytes), collectionIn(other.bytes)];
  if (a === null || b === null) return 'the bytes differ';
  if (a.kind !== b.kind) return 'another type of value';
  return linesOf(a).join('\n') === linesOf(b).join('\n') ? null : 'other elements';
};
