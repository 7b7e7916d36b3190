// The request parser alone: what it accepts, what it refuses and with which words, and that it does
// not matter where the bytes were cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LINE_MAX_BYTES,
  PARSE_FAILED,
  PARSE_INCOMPLETE,
  RequestParser,
  type RequestSource,
} from '../../../protocol/resp/request-parser.js';
import { encode } from '../test-client.js';

const OPEN: RequestSource = { isUnauthenticated: false, maxBulkBytes: 512 * 1024 * 1024 };
const CLOSED: RequestSource = { isUnauthenticated: true, maxBulkBytes: 512 * 1024 * 1024 };

function bytesOf(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

function argumentsOf(parser: RequestParser): string[] {
  return Array.from({ length: parser.args.count }, (_, i) => parser.args.text(i));
}

/** Parses everything; ends with the error, if there is one. */
function parseAll(text: string | Buffer, source = OPEN, slackBytes = 0): (string[] | string)[] {
  const bytes = Buffer.concat([bytesOf(text), Buffer.alloc(slackBytes)]);
  const end = bytes.length - slackBytes;
  const parser = new RequestParser();
  const commands: (string[] | string)[] = [];
  let at = 0;
  for (;;) {
    const next = parser.parse(bytes, at, end, source);
    if (next === PARSE_INCOMPLETE) return commands;
    if (next === PARSE_FAILED) {
      commands.push(parser.error);
      return commands;
    }
    assert.ok(next > at, 'the parser moves on');
    if (parser.args.count > 0) commands.push(argumentsOf(parser));
    at = next;
  }
}

/** Parses with the bytes arriving one by one, the buffer moving each time. */
function parseSlowly(
  text: string | Buffer,
  stepBytes: number,
  source = OPEN,
): (string[] | string)[] {
  const bytes = bytesOf(text);
  const parser = new RequestParser();
  const commands: (string[] | string)[] = [];
  let consumed = 0;
  let shift = 0;
  for (let received = 0; received < bytes.length; ) {
    received = Math.min(bytes.length, received + stepBytes);
    for (;;) {
      // The unconsumed bytes stand somewhere else in every call.
      const moved = (shift + 1) % 7;
      const buffer = Buffer.concat([Buffer.alloc(moved, 42), bytes.subarray(consumed, received)]);
      parser.rebase(moved - shift);
      shift = moved;
      const next = parser.parse(buffer, moved, buffer.length, source);
      if (next === PARSE_INCOMPLETE) break;
      if (next === PARSE_FAILED) {
        commands.push(parser.error);
        return commands;
      }
      if (parser.args.count > 0) commands.push(argumentsOf(parser));
      consumed += next - moved;
    }
  }
  return commands;
}

const ACCEPTED: [name: string, input: string, commands: string[][]][] = [
  ['an array of bulk strings', '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', [['GET', 'k']]],
  ['an empty argument', '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n', [['ECHO', '']]],
  ['line breaks inside an argument', '*1\r\n$4\r\n\r\n\r\n\r\n', [['\r\n\r\n']]],
  ['an empty array as nothing', '*0\r\n*-1\r\n*-10\r\n*1\r\n$1\r\na\r\n', [['a']]],
  [
    'an inline command',
    'SET k  v\r\nGET\tk\n',
    [
      ['SET', 'k', 'v'],
      ['GET', 'k'],
    ],
  ],
  ['empty lines as nothing', '\r\n\n  \r\nPING\r\n', [['PING']]],
  ['double quotes with escapes', 'x "a b\\n\\x41\\"\\q" y\r\n', [['x', 'a b\nA"q', 'y']]],
  ['single quotes', "x 'a \\n\\'b' ''\r\n", [['x', "a \\n'b", '']]],
  ['quotes in the middle of a word', 'ab"c d"\r\n', [['abc d']]],
  [
    'inline and array mixed',
    'PING\r\n*1\r\n$4\r\nQUIT\r\nPING\r\n',
    [['PING'], ['QUIT'], ['PING']],
  ],
  ['binary arguments', '*1\r\n$3\r\n\u0000\u00ff\n\r\n', [['\u0000\u00ff\n']]],
  ['anything in place of a trailing CRLF', '*1\r\n$1\r\naXX*1\r\n$1\r\nb\r\n', [['a'], ['b']]],
];

for (const [name, input, commands] of ACCEPTED) {
  test(`the request parser accepts ${name}, however it is cut`, () => {
    assert.deepEqual(parseAll(input), commands);
    assert.deepEqual(parseAll(input, OPEN, 64), commands);
    for (let step = 1; step <= input.length; step++) {
      assert.deepEqual(parseSlowly(input, step), commands, `in steps of ${step}`);
    }
  });
}

const LONG = 'A'.repeat(LINE_MAX_BYTES + 1);
const REFUSED: [input: string, error: string][] = [
  ['*x\r\n', 'invalid multibulk length'],
  ['*3x\r\n', 'invalid multibulk length'],
  ['*\r\n', 'invalid multibulk length'],
  ['*+1\r\n', 'invalid multibulk length'],
  ['*01\r\n', 'invalid multibulk length'],
  ['*2147483648\r\n', 'invalid multibulk length'],
  ['*20000000000000000000\r\n', 'invalid multibulk length'],
  ['*-99999999999999999999\r\n', 'invalid multibulk length'],
  ['*1\r\n:1\r\n', "expected '$', got ':'"],
  ['*1\r\n\r\n', "expected '$', got '\r'"],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$x\r\n', 'invalid bulk length'],
  ['*1\r\n$01\r\na\r\n', 'invalid bulk length'],
  ['*1\r\n$ 1\r\na\r\n', 'invalid bulk length'],
  ['*1\r\n$\r\n', 'invalid bulk length'],
  ['*1\r\n$536870913\r\n', 'invalid bulk length'],
  ['*1\r\n$9223372036854775807\r\n', 'invalid bulk length'],
  ['*1\r\n$99999999999999999999\r\n', 'invalid bulk length'],
  [`*${LONG}`, 'too big mbulk count string'],
  [`*\u0000${LONG}\r\n`, 'too big mbulk count string'],
  [`*1\r\n$${LONG}`, 'too big bulk count string'],
  [`*1\r\n$\u0000${LONG}\r\n`, 'too big bulk count string'],
  [LONG, 'too big inline request'],
  [`\u0000${LONG}\r\n`, 'too big inline request'],
  ['x "a\r\n', 'unbalanced quotes in request'],
  ["x 'a\r\n", 'unbalanced quotes in request'],
  ['x "a"b\r\n', 'unbalanced quotes in request'],
  ['x "a\\"\r\n', 'unbalanced quotes in request'],
];

for (const [input, error] of REFUSED) {
  const shown = JSON.stringify(input.length > 40 ? `${input.slice(0, 12)}...` : input);
  test(`the request parser refuses ${shown} with "${error}"`, () => {
    assert.deepEqual(parseAll(input), [`Protocol error: ${error}`]);
    assert.deepEqual(parseAll(input, OPEN, 64), [`Protocol error: ${error}`]);
    const step = input.length > 100 ? 1013 : 1;
    assert.deepEqual(parseSlowly(input, step), [`Protocol error: ${error}`]);
  });
}

test('before the password only short requests are read', () => {
  const ten = encode(...Array<string>(10).fill('a'));
  const eleven = encode(...Array<string>(11).fill('a'));
  const long = encode('a'.repeat(16384));
  const longer = encode('a'.repeat(16385));
  for (const slack of [0, 64]) {
    assert.equal(parseAll(ten, CLOSED, slack)[0].length, 10);
    assert.equal(parseAll(long, CLOSED, slack)[0].length, 1);
    assert.deepEqual(parseAll(eleven, CLOSED, slack), [
      'Protocol error: unauthenticated multibulk length',
    ]);
    assert.deepEqual(parseAll(longer, CLOSED, slack), [
      'Protocol error: unauthenticated bulk length',
    ]);
    assert.equal(parseAll(eleven, OPEN, slack)[0].length, 11);
    assert.equal(parseAll(longer, OPEN, slack)[0].length, 1);
  }
});

test('proto-max-bulk-len bounds an argument', () => {
  const source = { isUnauthenticated: false, maxBulkBytes: 2 * 1024 * 1024 };
  assert.deepEqual(parseAll('*1\r\n$2097152\r\n', source), []);
  assert.deepEqual(parseAll('*1\r\n$2097153\r\n', source), ['Protocol error: invalid bulk length']);
});

test('a command of 100,000 arguments is looked at once, not once per piece', () => {
  const count = 100_000;
  const bytes = encode(...Array.from({ length: count }, (_, i) => String(i)));
  const parser = new RequestParser();
  let next = PARSE_INCOMPLETE;
  for (let received = 1024; next === PARSE_INCOMPLETE; received += 1024) {
    next = parser.parse(bytes, 0, Math.min(received, bytes.length), OPEN);
    // Were the start read again, these bytes would be an error.
    if (next === PARSE_INCOMPLETE && received > 4096) bytes.fill(0, 0, 4);
  }
  assert.equal(next, bytes.length);
  assert.equal(parser.args.count, count);
  assert.equal(parser.args.text(count - 1), String(count - 1));
});
