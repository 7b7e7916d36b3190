// Everything a keyspace holds as plain text, read below any command: for comparing two of them,
// or one with itself at another time. Invariant: what is equal has equal texts, whatever the order
// in which it was written; the form of a value is part of its text, but for lists, which are packed
// again when they are loaded and fit one node.

import assert from 'node:assert/strict';
import type { Database } from '../../engine/keyspace/database.js';
import { TYPE_HASH, TYPE_LIST, TYPE_STRING, TYPE_ZSET } from '../../engine/keyspace/encodings.js';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { StringView } from '../../engine/keyspace/strings.js';
import { collectionOf } from '../../engine/keyspace/values/collections.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../../engine/memory/chunks.js';
import { HEADER_OWNER, HEADER_WALK } from '../../engine/memory/large-header.js';
import { MemberTable } from '../../engine/memory/member-table.js';
import { FLAG_MARKED, flagsOf, keyAtOf, keyLengthOf } from '../../engine/memory/record.js';
import { RefList } from '../../engine/memory/ref-list.js';

/** By database: key -> type, encoding, deadline and elements. */
export type Contents = Map<string, string>[];

const view = new StringView();

function elementsOf(db: Database, ref: Ref): string {
  const type = db.typeOf(ref);
  if (type === TYPE_STRING) {
    view.open(db, ref);
    return view.bytes.toString('latin1', view.at, view.at + view.length);
  }
  const { cursor } = collectionOf(type);
  cursor.open(db, ref);
  cursor.rewind();
  const elements: string[] = [];
  while (cursor.next()) {
    let text = cursor.element.text();
    if (type === TYPE_ZSET) text += ` ${Object.is(cursor.score, -0) ? '-0' : cursor.score}`;
    if (type === TYPE_HASH) text += ` ${cursor.value.text()} ${cursor.deadlineMs}`;
    elements.push(text);
  }
  assert.equal(elements.length, cursor.count, 'a cursor goes over as many elements as there are');
  if (type !== TYPE_LIST && type !== TYPE_ZSET) elements.sort();
  return elements.join('\n');
}

function forEachKey(db: Database, visit: (key: string, ref: Ref) => void): void {
  const found = new RefList();
  let position = 0;
  do position = db.table.scanStep(position, found, 64);
  while (position !== 0);
  assert.equal(found.length, db.count);
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    const at = keyAtOf(db.arena, ref);
    const bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
    visit(bytes.toString('latin1', at, at + keyLengthOf(db.arena, ref)), ref);
  }
}

/** @returns what the keyspace holds; expired keys and fields that are still there included */
export function contentsOf(keyspace: Keyspace): Contents {
  const { expiresKeys } = keyspace;
  keyspace.expiresKeys = false;
  const contents = keyspace.databases.map((db) => {
    const texts = new Map<string, string>();
    forEachKey(db, (key, ref) => {
      const form =
        db.typeOf(ref) === TYPE_LIST ? 'list' : `${db.typeOf(ref)} ${db.encodingOf(ref)}`;
      const head = `${form} ${db.deadlineOf(ref)}`;
      texts.set(key, `${head}\n${elementsOf(db, ref)}`);
    });
    return texts;
  });
  keyspace.expiresKeys = expiresKeys;
  return contents;
}

/** Checks that no snapshot has left a mark on any key or member, and that owners are right. */
export function assertNoTraces(keyspace: Keyspace, context: string): void {
  for (const db of keyspace.databases) {
    const { arena } = db;
    assert.equal(db.snapshot, null, context);
    assert.equal(arena.walks.size, 0, `${context}: a walk is still told of changes`);
    forEachKey(db, (key, ref) => {
      assert.equal(flagsOf(arena, ref) & FLAG_MARKED, 0, `${context}: ${key} is marked`);
      if (db.typeOf(ref) === TYPE_STRING) return;
      const root = db.rootOf(ref);
      if (root === 0) return;
      const words = arena.words[root >>> CHUNK_SHIFT];
      const at = (root & UNIT_MASK) << 1;
      assert.equal(words[at + HEADER_WALK], 0, `${context}: ${key} is walked through`);
      assert.equal(words[at + HEADER_OWNER], ref, `${context}: ${key} owns its value`);
      if (db.typeOf(ref) === TYPE_LIST) return;
      const table = new MemberTable();
      const found = new RefList();
      table.open(arena, keyspace.seed, root);
      let position = 0;
      do position = table.scanStep(position, found, 64);
      while (position !== 0);
      for (let i = 0; i < found.length; i++) {
        assert.equal(
          flagsOf(arena, found.refs[i]) & FLAG_MARKED,
          0,
          `${context}: member of ${key}`,
        );
      }
    });
  }
}
