// Key slots, against the check value of CRC-16/XMODEM and slots a real cluster node reports.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { crc16, keySlot } from '../../engine/util/crc16.js';

function slot(key: string): number {
  return keySlot(latin1Bytes(`{x}${key}}`), 3, key.length);
}

test('the CRC has the check value of CRC-16/XMODEM', () => {
  assert.equal(crc16(latin1Bytes('0123456789'), 1, 9), 0x31c3);
});

test('keys fall into the slots a cluster gives them', () => {
  const slots: [string, number][] = [
    ['', 0],
    ['a', 15495],
    ['foo', 12182],
    ['bar', 5061],
    ['123456789', 12739],
    ['{user1000}.following', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['foo{bar}{zap}', 5061],
    ['foo{bar', 15278],
    ['}{', 12793],
    ['{}', 15257],
  ];
  for (const [key, expected] of slots) assert.equal(slot(key), expected, JSON.stringify(key));
});

test('only the first complete, non-empty tag counts', () => {
  assert.equal(slot('{user1000}.following'), slot('user1000'));
  assert.equal(slot('foo{{bar}}zap'), slot('{bar'));
  assert.equal(slot('foo{bar}{zap}'), slot('bar'));
  assert.notEqual(slot('foo{}{bar}'), slot('bar'));
  assert.notEqual(slot('foo{bar'), slot('bar'));
});
