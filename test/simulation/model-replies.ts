// What the model's commands are made of: who sends them, how they reply, how they put values back.
// Invariant: an empty collection is no key, and a value that is replaced keeps the key's deadline.

import { Entry, type ModelState, type Value } from './model-state.js';

/** What a command knows of who sent it. */
export interface Caller {
  db: number;
}

/** @returns the whole reply */
export type Run = (state: ModelState, caller: Caller, words: readonly string[]) => string;

export const OK = '+OK\r\n';
export const NULL_BULK = '$-1\r\n';
export const NULL_ARRAY = '*-1\r\n';

export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

export function array(replies: readonly string[]): string {
  return `*${replies.length}\r\n${replies.join('')}`;
}

export function integer(value: number): string {
  return `:${value}\r\n`;
}

export function keyOf(caller: Caller, name: string): string {
  return `${caller.db} ${name}`;
}

/** Replaces a value. */
export function change(state: ModelState, key: string, value: Value): void {
  const entry = sizeOf(value) === 0 ? null : new Entry(value, state.peek(key)?.deadlineMs ?? -1);
  state.put(key, entry);
}

/** @returns how many elements a value has; a string counts as one */
function sizeOf(value: Value): number {
  switch (value.type) {
    case 'string':
      return 1;
    case 'list':
      return value.items.length;
    case 'set':
      return value.members.size;
    case 'hash':
      return value.fields.size;
    case 'zset':
      return value.scores.size;
  }
}
