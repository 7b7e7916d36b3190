// The commands of one engine: specs made ready, found by their bytes. The registry validates the
// table when it is built, so a contradictory spec stops the start, not a client.
// Invariant: looking up a command without subcommands allocates nothing.

import {
  COMMAND_FLAGS,
  type Command,
  type CommandFlag,
  type CommandSpec,
} from '../contract/command.js';
import type { CommandsPort } from '../contract/ports.js';
import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';

const NAME_TABLE_SIZE = 2048;
const NAME_MASK = NAME_TABLE_SIZE - 1;
/** Short names as they came are remembered, so that most lookups compare two words. */
const MEMO_SIZE = 64;
const MEMO_NAME_MAX = 8;
const WORD_BYTES = 4;
/** Longer than any command's name: nothing to look for. */
const NAME_MAX = 32;

interface NamedCommand {
  readonly bytes: Uint8Array;
  readonly command: Command;
}

export class Registry implements CommandsPort {
  private readonly byFullName = new Map<string, Command>();
  private readonly topLevel: Command[] = [];
  private readonly names: (NamedCommand | null)[] = new Array<null>(NAME_TABLE_SIZE).fill(null);

  /** Name by name: its length, its first and its last four bytes, which may overlap. */
  private readonly memoLengths = new Int32Array(MEMO_SIZE);
  private readonly memoFirst = new Int32Array(MEMO_SIZE);
  private readonly memoLast = new Int32Array(MEMO_SIZE);
  private readonly memoCommands: (Command | null)[] = new Array<null>(MEMO_SIZE).fill(null);

  /** @throws AssertionError when a spec contradicts itself or another one */
  constructor(specs: Iterable<CommandSpec>) {
    for (const spec of specs) {
      const command = this.compile(spec, null);
      this.topLevel.push(command);
      this.addName(command);
    }
  }

  /** @returns the top-level command that argument `index` names, in any case */
  find(args: Args, index: number): Command | null {
    const length = args.length[index];
    const at = args.at[index];
    if (length > MEMO_NAME_MAX || at + WORD_BYTES > args.bytes.length) {
      return this.search(args.bytes, at, length);
    }
    const { view } = args;
    let first = view.getInt32(at, true);
    let last = 0;
    if (length >= WORD_BYTES) last = view.getInt32(at + length - WORD_BYTES, true);
    else first &= (1 << (length << 3)) - 1;
    const memo = (first ^ (first >>> 11) ^ last ^ length) & (MEMO_SIZE - 1);
    if (
      this.memoFirst[memo] === first &&
      this.memoLast[memo] === last &&
      this.memoLengths[memo] === length
    ) {
      return this.memoCommands[memo];
    }
    const command = this.search(args.bytes, at, length);
    if (command === null) return null;
    this.memoFirst[memo] = first;
    this.memoLast[memo] = last;
    this.memoLengths[memo] = length;
    this.memoCommands[memo] = command;
    return command;
  }

  private search(bytes: Buffer, at: number, length: number): Command | null {
    if (length > NAME_MAX) return null;
    let hash = length;
    for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + lowerCase(bytes[i])) | 0;
    for (let slot = hash & NAME_MASK; ; slot = (slot + 1) & NAME_MASK) {
      const named = this.names[slot];
      if (named === null) return null;
      if (named.bytes.length !== length) continue;
      let i = 0;
      while (i < length && named.bytes[i] === lowerCase(bytes[at + i])) i++;
      if (i === length) return named.command;
    }
  }

  lookup(args: Args, index: number): Command | null {
    const command = this.find(args, index);
    if (command === null || command.subcommands === null || index + 1 >= args.count) return command;
    return command.subcommands.get(args.text(index + 1).toUpperCase()) ?? command;
  }

  byName(name: string): Command | null {
    return this.byFullName.get(name.toLowerCase()) ?? null;
  }

  all(): Iterable<Command> {
    return this.topLevel;
  }

  /** Every command and subcommand. */
  every(): Iterable<Command> {
    return this.byFullName.values();
  }

  private compile(spec: CommandSpec, parent: Command | null): Command {
    const own = spec.name.toLowerCase();
    const fullName = parent === null ? own : `${parent.fullName}|${own}`;
    const flags = flagBits(spec.flags);
    const subcommands = spec.subcommands === undefined ? null : new Map<string, Command>();
    const command: Command = {
      spec,
      fullName,
      arity: spec.arity,
      flags,
      isWrite: (flags & COMMAND_FLAGS.write) !== 0,
      propagation: spec.propagate,
      handler: spec.handler ?? null,
      parent,
      subcommands,
      calls: 0,
      durationUs: 0,
      unmeasuredCalls: 0,
      rejectedCalls: 0,
      failedCalls: 0,
    };
    validate(command);
    assert(!this.byFullName.has(fullName), `command ${fullName} is declared once`);
    this.byFullName.set(fullName, command);
    for (const sub of spec.subcommands ?? []) {
      subcommands?.set(sub.name.toUpperCase(), this.compile(sub, command));
    }
    return command;
  }

  private addName(command: Command): void {
    const bytes = Buffer.from(command.fullName, 'latin1');
    let hash = bytes.length;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    let slot = hash & NAME_MASK;
    while (this.names[slot] !== null) slot = (slot + 1) & NAME_MASK;
    this.names[slot] = { bytes, command };
  }
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function flagBits(names: readonly CommandFlag[]): number {
  let bits = 0;
  for (const name of names) bits |= COMMAND_FLAGS[name];
  return bits;
}

function validate({ spec, fullName, flags, isWrite }: Command): void {
  assert(spec.name === spec.name.toUpperCase(), `${fullName}: the name is upper case`);
  assert(fullName.length <= NAME_MAX, `${fullName}: the name is short`);
  assert(spec.arity !== 0, `${fullName}: the arity counts the name`);
  assert(!isWrite || (flags & COMMAND_FLAGS.readonly) === 0, `${fullName}: writes or only reads`);
  const hasSubcommands = spec.subcommands !== undefined;
  assert(hasSubcommands || spec.handler !== undefined, `${fullName}: somebody handles it`);
  assert(
    isWrite === (spec.propagate !== 'never') || hasSubcommands,
    `${fullName}: writes are logged`,
  );
  for (const { beginSearch } of spec.keys ?? []) {
    if (beginSearch.type !== 'index' || spec.arity < 0) continue;
    assert(beginSearch.index < spec.arity, `${fullName}: its first key is among its arguments`);
  }
}
