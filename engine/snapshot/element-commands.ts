// The commands that build one collection: its elements by the hundred, then the deadlines of its
// fields, then its own. Invariant: no command is much longer than its longest element demands.

import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_ZSET } from '../keyspace/encodings.js';
import { Args } from '../util/args.js';
import type { ByteSlice } from '../util/byte-slice.js';
import { formatDouble } from '../util/doubles.js';

/** A command is put out when it has so many words or bytes. */
const WORDS_MAX = 256;
const BYTES_MAX = 16 * 1024;

const NAMES: ReadonlyMap<number, Buffer> = new Map([
  [TYPE_LIST, Buffer.from('RPUSH')],
  [TYPE_SET, Buffer.from('SADD')],
  [TYPE_ZSET, Buffer.from('ZADD')],
  [TYPE_HASH, Buffer.from('HSET')],
]);
const PEXPIREAT = Buffer.from('PEXPIREAT');
const HPEXPIREAT = Buffer.from('HPEXPIREAT');
const FIELDS = Buffer.from('FIELDS');
const ONE = Buffer.from('1');

/** Takes a command; the arguments are valid only during the call. */
export type CommandSink = (dbIndex: number, args: Args) => void;

export class ElementCommands {
  private readonly put: CommandSink;
  private readonly args = new Args();
  private dbIndex = 0;
  private key: Buffer = ONE;
  private type = TYPE_LIST;
  private words: Uint8Array[] = [];
  private wordBytes = 0;
  /** Fields of the words, and when they expire. */
  private deadlines: { readonly field: Buffer; readonly deadlineMs: number }[] = [];

  constructor(put: CommandSink) {
    this.put = put;
  }

  /** What is added from now on belongs to this key; `key` may not change until `flush`. */
  begin(dbIndex: number, key: Buffer, type: number): void {
    this.dbIndex = dbIndex;
    this.key = key;
    this.type = type;
  }

  /**
   * Adds an element: its bytes are copied.
   * @param value of a hash's field
   * @param score of a sorted set's member
   * @param deadlineMs when a hash's field expires, in unix ms; -1 for never
   */
  add(element: ByteSlice, value: ByteSlice, score: number, deadlineMs: number): void {
    if (this.type === TYPE_ZSET) this.addWord(Buffer.from(formatDouble(score)));
    const copy = element.copy();
    this.addWord(copy);
    if (this.type === TYPE_HASH) {
      this.addWord(value.copy());
      if (deadlineMs >= 0) this.deadlines.push({ field: copy, deadlineMs });
    }
    if (this.words.length >= WORDS_MAX || this.wordBytes >= BYTES_MAX) this.flush();
  }

  /** Puts out what was added. */
  flush(): void {
    const name = NAMES.get(this.type);
    if (this.words.length === 0 || name === undefined) return;
    this.putOut([name, this.key, ...this.words]);
    this.words = [];
    this.wordBytes = 0;
    for (const { field, deadlineMs } of this.deadlines) {
      const deadline = Buffer.from(String(deadlineMs));
      this.putOut([HPEXPIREAT, this.key, deadline, FIELDS, ONE, field]);
    }
    this.deadlines = [];
  }

  /** The collection is whole. @param deadlineMs of its key, in unix ms; -1 for none */
  end(deadlineMs: number): void {
    this.flush();
    if (deadlineMs >= 0) this.putOut([PEXPIREAT, this.key, Buffer.from(String(deadlineMs))]);
  }

  private addWord(word: Buffer): void {
    this.words.push(word);
    this.wordBytes += word.length;
  }

  private putOut(words: readonly Uint8Array[]): void {
    this.args.assign(words);
    this.put(this.dbIndex, this.args);
  }
}
