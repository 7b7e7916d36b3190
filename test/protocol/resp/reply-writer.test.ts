// The reply writer alone: what each method puts on the wire in RESP2 and RESP3, at every position
// relative to the end of a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_BYTES, PagePool } from '../../../protocol/output-page.js';
import { ReplyWriter } from '../../../protocol/resp/reply-writer.js';
import { NO_SLICE, type OutputTarget } from '../../../protocol/turn.js';

function target(resp: 2 | 3): OutputTarget {
  return { resp, firstSlice: NO_SLICE, lastSlice: NO_SLICE, turnReplies: 0, isInTurn: false };
}

/** @returns what was written for each target of the turn; the turn is given back */
function collect(writer: ReplyWriter<OutputTarget>): string[] {
  const turn = writer.takeTurn();
  turn.seal(0);
  const texts = turn.firstSlices.map((first) => {
    let text = '';
    for (let i = first; i !== NO_SLICE; i = turn.sliceNext[i]) {
      text += turn.slicePage[i].bytes.toString('latin1', turn.sliceFrom[i], turn.sliceTo[i]);
    }
    assert.equal(text.length, turn.chainBytes(first));
    return text;
  });
  writer.recycle(turn);
  return texts;
}

function written(resp: 2 | 3, write: (reply: ReplyWriter<OutputTarget>) => void): string {
  const writer = new ReplyWriter<OutputTarget>(new PagePool());
  const outer = writer.enter(target(resp));
  write(writer);
  writer.leave(outer);
  return collect(writer)[0];
}

type Write = (reply: ReplyWriter<OutputTarget>) => void;
const CASES: [name: string, write: Write, resp2: string, resp3: string][] = [
  ['ok', (r) => r.ok(), '+OK\r\n', '+OK\r\n'],
  ['status', (r) => r.status('QUEUED'), '+QUEUED\r\n', '+QUEUED\r\n'],
  ['error', (r) => r.error('ERR a\r\nb'), '-ERR a  b\r\n', '-ERR a  b\r\n'],
  ['integer', (r) => r.integer(-42), ':-42\r\n', ':-42\r\n'],
  ['largest integer', (r) => r.integer(2 ** 53), ':9007199254740992\r\n', ':9007199254740992\r\n'],
  [
    'integer64',
    (r) => r.integer64(-(2n ** 63n)),
    ':-9223372036854775808\r\n',
    ':-9223372036854775808\r\n',
  ],
  ['bulk', (r) => r.bulk(Buffer.from('xabcx'), 1, 3), '$3\r\nabc\r\n', '$3\r\nabc\r\n'],
  ['empty bulk', (r) => r.bulk(Buffer.alloc(0), 0, 0), '$0\r\n\r\n', '$0\r\n\r\n'],
  ['text', (r) => r.text('\u00ff\r\n'), '$3\r\n\u00ff\r\n\r\n', '$3\r\n\u00ff\r\n\r\n'],
  [
    'bulkInteger',
    (r) => r.bulkInteger(-1234567890),
    '$11\r\n-1234567890\r\n',
    '$11\r\n-1234567890\r\n',
  ],
  ['null', (r) => r.null(), '$-1\r\n', '_\r\n'],
  ['nullArray', (r) => r.nullArray(), '*-1\r\n', '_\r\n'],
  ['array', (r) => r.array(2), '*2\r\n', '*2\r\n'],
  ['map', (r) => r.map(2), '*4\r\n', '%2\r\n'],
  ['set', (r) => r.set(2), '*2\r\n', '~2\r\n'],
  ['push', (r) => r.push(2), '*2\r\n', '>2\r\n'],
  ['double', (r) => r.double(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['infinity', (r) => r.double(-Infinity), '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['boolean', (r) => r.boolean(true), ':1\r\n', '#t\r\n'],
  ['false', (r) => r.boolean(false), ':0\r\n', '#f\r\n'],
  ['bigNumber', (r) => r.bigNumber('-123'), '$4\r\n-123\r\n', '(-123\r\n'],
  ['verbatim', (r) => r.verbatim('txt', 'ab'), '$2\r\nab\r\n', '=6\r\ntxt:ab\r\n'],
];

for (const [name, write, resp2, resp3] of CASES) {
  test(`${name} is written in both dialects, wherever the page ends`, () => {
    assert.equal(written(2, write), resp2);
    assert.equal(written(3, write), resp3);
    const filler = Buffer.alloc(32_000, 120);
    // Two fillers with their headers take 64,020 bytes; a status adds three to its text.
    const room = PAGE_BYTES - 2 * (filler.length + 10) - 3;
    for (let left = 0; left < 64; left++) {
      const padding = '-'.repeat(room - left);
      const text = written(3, (reply) => {
        reply.bulk(filler, 0, filler.length);
        reply.bulk(filler, 0, filler.length);
        reply.status(padding);
        write(reply);
        reply.ok();
      });
      assert.ok(text.endsWith(`+${padding}\r\n${resp3}+OK\r\n`), `${left} bytes before the end`);
    }
  });
}

test('attributes exist in RESP3 only', () => {
  assert.equal(
    written(3, (reply) => reply.attribute(1)),
    '|1\r\n',
  );
  assert.throws(() => written(2, (reply) => reply.attribute(1)), /RESP3 only/);
});

test('arrays of unknown length get their header where they began', () => {
  const text = written(3, (reply) => {
    reply.ok();
    const outer = reply.beginArray();
    const empty = reply.beginArray();
    reply.endArray(empty, 0);
    const inner = reply.beginSet();
    reply.integer(1);
    const map = reply.beginMap();
    reply.integer(2);
    reply.integer(3);
    reply.endMap(map, 1);
    reply.endSet(inner, 2);
    reply.integer(4);
    reply.endArray(outer, 3);
    reply.ok();
  });
  assert.equal(text, '+OK\r\n*3\r\n*0\r\n~2\r\n:1\r\n%1\r\n:2\r\n:3\r\n:4\r\n+OK\r\n');
});

test('an array of unknown length may be larger than a page', () => {
  const member = Buffer.alloc(1000, 97);
  const text = written(2, (reply) => {
    const mark = reply.beginMap();
    for (let i = 0; i < 500; i++) {
      reply.integer(i);
      reply.bulk(member, 0, member.length);
    }
    reply.endMap(mark, 500);
  });
  assert.ok(text.startsWith('*1000\r\n:0\r\n$1000\r\naaa'));
  assert.equal(text.split('\r\n:').length - 1, 500);
});

test('bulk strings of any size come out whole', () => {
  for (const size of [1, 63, 64, 9999, 49151, 49152, PAGE_BYTES - 1, PAGE_BYTES, 1_000_000]) {
    const bytes = Buffer.alloc(size, 'abcdefg');
    const text = written(2, (reply) => {
      reply.ok();
      reply.bulk(bytes, 0, size);
      reply.text(bytes.toString('latin1'));
    });
    const bulk = `$${size}\r\n${bytes.toString('latin1')}\r\n`;
    assert.ok(text === `+OK\r\n${bulk}${bulk}`, `size ${size}`);
  }
});

test('a reply to another target inside a reply does not mix with it', () => {
  const writer = new ReplyWriter<OutputTarget>(new PagePool());
  const first = target(2);
  const second = target(3);
  const none = writer.enter(first);
  const mark = writer.beginArray();
  writer.integer(1);
  const outer = writer.enter(second);
  writer.null();
  writer.leave(outer);
  writer.integer(2);
  writer.endArray(mark, 2);
  writer.leave(none);
  const again = writer.enter(second);
  writer.ok();
  writer.leave(again);
  assert.deepEqual(collect(writer), ['*2\r\n:1\r\n:2\r\n', '_\r\n+OK\r\n']);
});

test('a rolled back reply leaves no trace', () => {
  const text = written(2, (reply) => {
    const first = reply.savepoint();
    reply.integer(1);
    reply.rollback(first);
    reply.ok();
    const second = reply.savepoint();
    const mark = reply.beginArray();
    reply.text('x'.repeat(PAGE_BYTES * 2));
    reply.endArray(mark, 1);
    reply.rollback(second);
    reply.integer(2);
  });
  assert.equal(text, '+OK\r\n:2\r\n');
});

test('pages come back to the pool when their turn is over', () => {
  const pool = new PagePool();
  const writer = new ReplyWriter<OutputTarget>(pool);
  const idleBytes = pool.bytesInUse;
  for (let turn = 0; turn < 20; turn++) {
    for (let i = 0; i < 10; i++) {
      const outer = writer.enter(target(2));
      writer.text('x'.repeat(20_000 * (i + 1)));
      writer.leave(outer);
    }
    assert.equal(collect(writer).length, 10);
    assert.equal(pool.bytesInUse, idleBytes);
  }
});
