// The layout of records: for every combination of flags and for lengths at the edges, no two
// fields share a byte and all are read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, UNIT_MASK } from '../../engine/memory/chunks.js';
import {
  clearFlag,
  deadlineDoubleOf,
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_LIST_HEAD,
  FLAG_LONG,
  FLAG_MARKED,
  FLAG_PAYLOAD,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  lengthLayout,
  payloadWordOf,
  recordBytes,
  SHORT_KEY_MAX,
  SHORT_VALUE_MAX,
  setFlag,
  valueAtOf,
  valueLengthOf,
  writeLengths,
} from '../../engine/memory/record.js';

const KEY_LENGTHS = [0, 1, 16, SHORT_KEY_MAX, SHORT_KEY_MAX + 1, 70000];
const VALUE_LENGTHS = [0, 1, 44, SHORT_VALUE_MAX, SHORT_VALUE_MAX + 1, 3 * 1024 * 1024];

test('every layout keeps its fields apart, whatever the lengths', () => {
  const arena = new Arena();
  for (const keyLength of KEY_LENGTHS) {
    for (const valueLength of VALUE_LENGTHS) {
      for (const extra of [0, FLAG_DEADLINE, FLAG_PAYLOAD, FLAG_DEADLINE | FLAG_PAYLOAD]) {
        const layout = extra | lengthLayout(keyLength, valueLength);
        const size = recordBytes(layout, keyLength, valueLength);
        const ref = arena.allocate(size);
        const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
        const words = arena.words[ref >>> CHUNK_SHIFT];
        const start = (ref & UNIT_MASK) << 3;
        words[start >>> 2] = -2;
        writeLengths(arena, ref, layout, keyLength, valueLength);
        bytes.fill(1, keyAtOf(arena, ref), keyAtOf(arena, ref) + keyLength);
        bytes.fill(2, valueAtOf(arena, ref), valueAtOf(arena, ref) + valueLength);
        if (extra & FLAG_PAYLOAD) {
          words[payloadWordOf(arena, ref)] = -3;
          words[payloadWordOf(arena, ref) + 1] = -4;
        }
        if (extra & FLAG_DEADLINE) {
          const at = deadlineDoubleOf(arena, ref);
          arena.doubles[ref >>> CHUNK_SHIFT][at] = 2 ** 53 - 1;
          words[at * 2 + 2] = -5;
          words[at * 2 + 3] = -6;
        }
        setFlag(arena, ref, FLAG_MARKED);
        setFlag(arena, ref, FLAG_LIST_HEAD);
        clearFlag(arena, ref, FLAG_MARKED);
        assert.equal(flagsOf(arena, ref), layout | FLAG_LIST_HEAD);
        assert.equal(words[start >>> 2], -2);
        assert.equal(keyLengthOf(arena, ref), keyLength);
        assert.equal(valueLengthOf(arena, ref), valueLength);
        assert.equal(valueAtOf(arena, ref) + valueLength, start + size, 'the size is exact');
        assert.equal(deadlineOf(arena, ref), extra & FLAG_DEADLINE ? 2 ** 53 - 1 : -1);
        if (extra & FLAG_PAYLOAD) assert.equal(words[payloadWordOf(arena, ref)], -3);
        if (extra & FLAG_PAYLOAD) assert.equal(words[payloadWordOf(arena, ref) + 1], -4);
        const keyAt = keyAtOf(arena, ref);
        assert.ok(bytes.subarray(keyAt, keyAt + keyLength).every((byte) => byte === 1));
        const value = bytes.subarray(keyAt + keyLength, start + size);
        assert.ok(value.equals(Buffer.alloc(valueLength, 2)));
        arena.free(ref);
      }
    }
  }
  assert.equal(arena.usedBytes, 0);
});

test('lengths beyond a byte of key or two bytes of value need the long layout', () => {
  assert.equal(lengthLayout(254, 65535), 0);
  assert.equal(lengthLayout(255, 0), FLAG_LONG);
  assert.equal(lengthLayout(0, 65536), FLAG_LONG);
});
