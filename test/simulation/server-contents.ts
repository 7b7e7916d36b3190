// What a server holds, read below its commands, as entries of the model.

import { TYPE_NAMES } from '../../engine/keyspace/encodings.js';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { contentsOf } from '../support/keyspace-contents.js';
import { Entry, type Value } from './model-state.js';

/** @returns entries by `<database> <key>` */
export function entriesOf(keyspace: Keyspace): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  contentsOf(keyspace).forEach((texts, database) => {
    for (const [key, text] of texts) entries.set(`${database} ${key}`, entryOf(text));
  });
  return entries;
}

function entryOf(text: string): Entry {
  const end = text.indexOf('\n');
  const words = text.slice(0, end).split(' ');
  const elements = text.slice(end + 1);
  const deadlineMs = Number(words.at(-1));
  const type = words[0] === 'list' ? 'list' : TYPE_NAMES[Number(words[0])];
  return new Entry(valueIn(type, elements), deadlineMs);
}

function valueIn(type: string, elements: string): Value {
  const lines = elements.split('\n');
  switch (type) {
    case 'string':
      return { type, text: elements };
    case 'list':
      return { type, items: lines };
    case 'set':
      return { type, members: new Set(lines) };
    case 'hash':
      return {
        type,
        fields: new Map(
          lines.map((line) => {
            const [field, rest] = pair(line);
            const space = rest.lastIndexOf(' ');
            const deadlineMs = Number(rest.slice(space + 1));
            return [field, { text: rest.slice(0, space), deadlineMs }];
          }),
        ),
      };
    case 'zset':
      return {
        type,
        scores: new Map(
          lines.map((line) => {
            const [member, score] = pair(line);
            return [member, Number(score)];
          }),
        ),
      };
    default:
      throw new Error(`the model knows no ${type}`);
  }
}

function pair(line: string): [string, string] {
  const space = line.indexOf(' ');
  return [line.slice(0, space), line.slice(space + 1)];
}
