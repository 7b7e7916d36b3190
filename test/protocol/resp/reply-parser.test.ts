// The client-side parser: every type, cut anywhere, and errors instead of guesses where the bytes
// are not RESP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ReplyParser,
  ReplySyntaxError,
  type RespValue,
} from '../../../protocol/resp/reply-parser.js';
import { show } from '../test-client.js';

const STREAM =
  '+OK\r\n-ERR x\r\n:-5\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,1.5\r\n,-inf\r\n' +
  '(123456789012345678901\r\n' +
  '=6\r\ntxt:ab\r\n*2\r\n*0\r\n*1\r\n$0\r\n\r\n%1\r\n+k\r\n~1\r\n:1\r\n>2\r\n+a\r\n+b\r\n' +
  '*1\r\n|1\r\n+ttl\r\n:9\r\n:7\r\n';
const SHOWN = [
  'OK',
  '-ERR x',
  ':-5',
  'a\r\n',
  '(nil)',
  '(nil)',
  '(nil)',
  '#true',
  ',1.5',
  ',-Infinity',
  '123456789012345678901',
  'ab',
  '[[] []]',
  '[k [:1]]',
  '[a b]',
  '[[ttl :9] :7]',
];

function parse(bytes: Buffer, stepBytes: number): RespValue[] {
  const parser = new ReplyParser();
  const values: RespValue[] = [];
  for (let at = 0; at < bytes.length; at += stepBytes) {
    parser.push(bytes.subarray(at, at + stepBytes));
    for (let value = parser.next(); value !== null; value = parser.next()) values.push(value);
  }
  return values;
}

test('the reply parser reads every type, however the stream is cut', () => {
  const bytes = Buffer.from(STREAM, 'latin1');
  const whole = parse(bytes, bytes.length);
  assert.deepEqual(whole.map(show), SHOWN);
  for (let step = 1; step < bytes.length; step++) assert.deepEqual(parse(bytes, step), whole);
});

test('the reply parser takes a large bulk string in small pieces', () => {
  const payload = Buffer.alloc(3_000_000, 'xyz');
  const bytes = Buffer.concat([Buffer.from('$3000000\r\n'), payload, Buffer.from('\r\n:1\r\n')]);
  const values = parse(bytes, 1000);
  assert.equal(values.length, 2);
  assert.ok(values[0].type === 'bulk' && values[0].bytes.equals(payload));
});

for (const bad of [
  '?\r\n',
  ':x\r\n',
  '$-2\r\n',
  '$1\r\nabc\r\n',
  '*x\r\n',
  '#x\r\n',
  ',x\r\n',
  '+a\rb\r\n',
]) {
  test(`the reply parser refuses ${JSON.stringify(bad)}`, () => {
    assert.throws(() => parse(Buffer.from(bad), 1), ReplySyntaxError);
  });
}
