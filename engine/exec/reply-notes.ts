// What replies depend on while the log is behind: commands note the keys that they show, the log
// tells what it has not acknowledged, and a reply that shows nothing of that need not wait for a
// slow disk.
//
// Invariants: a reply counts as dependent unless every command behind it is known to show only
// what its keys hold (or no data at all) and none of those keys is in an entry that waits; the
// keys of an entry are known before its command's turn ends. While the log keeps up (`epoch` 0)
// nothing is noted, and nothing of this costs anything.

import { COMMAND_FLAGS, type Command } from '../contract/command.js';
import { hasKeys, keyPositions } from '../contract/key-positions.js';
import type { CommandsPort } from '../contract/ports.js';
import type { Session } from '../contract/session.js';
import { EntryDecoder } from '../log/entry-decoder.js';
import {
  FLAG_FRAGMENT,
  FRAME_ENTRIES,
  FRAME_FLAGS_AT,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH_AT,
  FRAME_TYPE_AT,
} from '../log/format.js';
import type { Args } from '../util/args.js';
import type { Gates } from './gates.js';

/** Stands for whatever an entry may change: a flush, or one that was not looked into. */
const ALL_KEYS = '*';
/** More bytes at once are not looked into: that would hold the event loop. */
const LOOK_MAX_BYTES = 1024 * 1024;
/** From this many keys on those that are acknowledged are looked for and dropped. */
const PRUNE_MIN_KEYS = 1024;

const DEPENDENT = 0;
const SHOWS_KEYS = 1;
const SHOWS_NO_DATA = 2;

/** Commands, or their containers, that show the server and its clients but no data. */
const WITHOUT_DATA = new Set(
  (
    'acl auth bgrewriteaof bgsave client command config discard echo hello info lastsave latency ' +
    'memory multi ping quit reset save select shutdown slowlog time unwatch'
  ).split(' '),
);
/** Writes that change keys of another database than the one they name. */
const CHANGE_MORE = new Set(['copy', 'move']);
/** Read-only commands that can show other keys than those they name. */
const SHOW_MORE = new Set(['sort_ro', 'eval_ro', 'evalsha_ro', 'fcall_ro', 'memory|usage']);

export class ReplyNotes {
  /** Not 0 while notes are taken; another number each time that begins. */
  epoch = 0;
  /** Replies that left before the kernel had the bytes they wait for. */
  ungatedReplies = 0;
  private readonly gates: Gates;
  private readonly registry: CommandsPort;
  private readonly decoder = new EntryDecoder();
  private readonly kinds = new Map<Command, number>();
  /** Tickets that changed a key and were not acknowledged when last looked at, oldest first. */
  private readonly waiting = new Map<string, number[]>();
  private pruneAtKeys = PRUNE_MIN_KEYS;
  private lastEpoch = 0;

  constructor(parts: { readonly gates: Gates; readonly registry: CommandsPort }) {
    this.gates = parts.gates;
    this.registry = parts.registry;
  }

  /** The log is behind: frames in `bytes[from .. to)` wait with `ticket` or later ones. */
  addWaiting(ticket: number, bytes: Buffer, from: number, to: number, acknowledged: number): void {
    if (to - from > LOOK_MAX_BYTES) {
      this.addUnknown(ticket);
      return;
    }
    this.begin();
    if (this.waiting.size >= this.pruneAtKeys) this.prune(acknowledged);
    for (let at = from; at < to; ) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at + FRAME_LENGTH_AT);
      if (bytes[at + FRAME_TYPE_AT] === FRAME_ENTRIES) this.addFrame(ticket, bytes, at, end);
      at = end;
    }
  }

  /** The log is behind with frames up to `ticket` that may change any key. */
  addUnknown(ticket: number): void {
    this.begin();
    this.add(ALL_KEYS, ticket);
  }

  /** Everything is acknowledged. */
  caughtUp(): void {
    this.epoch = 0;
    this.waiting.clear();
    this.pruneAtKeys = PRUNE_MIN_KEYS;
    this.gates.setLogBehind(false);
  }

  /**
   * Notes for its session what a command that ran shows.
   * @param hasAppended whether it, or what it did to others, went to the log
   */
  note(session: Session, command: Command, args: Args, hasAppended: boolean): void {
    if (session.dependsOnLog) return;
    const kind = hasAppended ? DEPENDENT : this.kindOf(command);
    if (kind === SHOWS_NO_DATA) return;
    const positions = kind === SHOWS_KEYS ? keyPositions(command, args) : null;
    if (positions === null) {
      session.dependsOnLog = true;
      return;
    }
    session.shownKeys ??= [];
    for (const { index } of positions) {
      session.shownKeys.push(keyName(session.dbIndex, args, index));
    }
  }

  /**
   * @param keys what was noted in a turn
   * @param ticket of that turn
   * @returns whether no change of these keys that the turn may have seen waits
   */
  areDurable(keys: readonly string[] | null, ticket: number, acknowledged: number): boolean {
    if (keys === null) return true;
    if (this.waits(ALL_KEYS, ticket, acknowledged)) return false;
    for (const key of keys) if (this.waits(key, ticket, acknowledged)) return false;
    return true;
  }

  private waits(key: string, ticket: number, acknowledged: number): boolean {
    const tickets = this.waiting.get(key);
    if (tickets === undefined) return false;
    while (tickets.length > 0 && tickets[0] <= acknowledged) tickets.shift();
    if (tickets.length > 0) return tickets[0] <= ticket;
    this.waiting.delete(key);
    return false;
  }

  private begin(): void {
    if (this.epoch !== 0) return;
    this.epoch = ++this.lastEpoch;
    this.gates.setLogBehind(true);
  }

  private addFrame(ticket: number, bytes: Buffer, at: number, end: number): void {
    if ((bytes[at + FRAME_FLAGS_AT] & FLAG_FRAGMENT) !== 0) {
      this.add(ALL_KEYS, ticket);
      return;
    }
    const { decoder } = this;
    decoder.begin(bytes, at + FRAME_HEADER_BYTES, end);
    while (decoder.next()) this.addEntry(ticket, decoder.dbIndex, decoder.args);
  }

  private addEntry(ticket: number, dbIndex: number, args: Args): void {
    const command = this.registry.lookup(args, 0);
    const isKnown = command !== null && hasKeys(command) && !CHANGE_MORE.has(command.fullName);
    const positions = isKnown ? keyPositions(command, args) : null;
    if (positions === null) this.add(ALL_KEYS, ticket);
    else for (const { index } of positions) this.add(keyName(dbIndex, args, index), ticket);
  }

  private add(key: string, ticket: number): void {
    const tickets = this.waiting.get(key);
    if (tickets === undefined) this.waiting.set(key, [ticket]);
    else if (tickets[tickets.length - 1] !== ticket) tickets.push(ticket);
  }

  private prune(acknowledged: number): void {
    for (const [key, tickets] of this.waiting) {
      if (tickets[tickets.length - 1] <= acknowledged) this.waiting.delete(key);
    }
    this.pruneAtKeys = Math.max(PRUNE_MIN_KEYS, this.waiting.size * 2);
  }

  private kindOf(command: Command): number {
    let kind = this.kinds.get(command);
    if (kind === undefined) {
      kind = kindOf(command);
      this.kinds.set(command, kind);
    }
    return kind;
  }
}

function kindOf(command: Command): number {
  const { fullName, flags } = command;
  if (SHOW_MORE.has(fullName)) return DEPENDENT;
  if (WITHOUT_DATA.has((command.parent ?? command).fullName)) return SHOWS_NO_DATA;
  return (flags & COMMAND_FLAGS.readonly) !== 0 && hasKeys(command) ? SHOWS_KEYS : DEPENDENT;
}

function keyName(dbIndex: number, args: Args, index: number): string {
  return `${dbIndex} ${args.text(index)}`;
}
