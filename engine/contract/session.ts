// What a command may know and change about the one who sent it. The protocol layer extends this
// for sockets, the embedded API for its callers; the engine sees only this class, so every
// caller has the same shape on the hot path.

import type { Command } from './command.js';
import type { Reply } from './reply.js';

export const SESSION_NO_EVICT = 1 << 0;
export const SESSION_NO_TOUCH = 1 << 1;
/** CLIENT REPLY OFF: nothing is sent until ON. */
export const SESSION_REPLY_OFF = 1 << 2;
/** CLIENT REPLY SKIP: the reply of the next command is dropped. */
export const SESSION_REPLY_SKIP = 1 << 3;
/** Waits inside a command (WAITAOF, SAVE, ...); nothing else of this session runs meanwhile. */
export const SESSION_BLOCKED = 1 << 4;
/** Close once what was replied has been sent. */
export const SESSION_CLOSE_AFTER_REPLY = 1 << 5;
/** Never asked for a password: the embedded API, replay. */
export const SESSION_TRUSTED = 1 << 6;
export const SESSION_UNIX_SOCKET = 1 << 7;
/** Comes from this machine (loopback, Unix socket, embedded): what `local` means to directives. */
export const SESSION_LOCAL = 1 << 8;
/** Between MULTI and EXEC or DISCARD: commands are queued. */
export const SESSION_MULTI = 1 << 9;
/** Inside EXEC or a script: what would wait answers as if its time were up. */
export const SESSION_DENY_BLOCKING = 1 << 10;

/** What the engine knows of a session that CLIENT LIST shows. */
export interface SessionDetail {
  /** Commands queued by MULTI; -1 outside a transaction. */
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly watchedKeys: number;
  /** A watched key has changed. */
  readonly isDirty: boolean;
  readonly channels: number;
  readonly patterns: number;
  readonly shardChannels: number;
}

/** A session without transactions and subscriptions. */
export const PLAIN_SESSION: SessionDetail = {
  queuedCommands: -1,
  queuedBytes: 0,
  watchedKeys: 0,
  isDirty: false,
  channels: 0,
  patterns: 0,
  shardChannels: 0,
};

export abstract class Session {
  readonly id: number;
  /** SESSION_* bits. */
  flags = 0;
  dbIndex = 0;
  resp: 2 | 3 = 2;
  isAuthenticated = false;
  user = 'default';
  /** CLIENT SETNAME; latin1. */
  name = '';
  libName = '';
  libVersion = '';
  /** Commands run, for CLIENT INFO's tot-cmds. */
  commandsProcessed = 0;
  lastCommand: Command | null = null;
  /** Whether a reply of this turn shows what the log may still lose; see exec/reply-notes.ts. */
  dependsOnLog = false;
  /** Keys that replies of this turn show, by database; null without any. */
  shownKeys: string[] | null = null;

  constructor(id: number) {
    this.id = id;
  }

  /**
   * Ends a wait: clears SESSION_BLOCKED, calls `write` once, then goes on with the session's next
   * command. `write` runs even where nothing it writes is sent. When it sets SESSION_BLOCKED again
   * it has written nothing, and the session waits on.
   */
  abstract resume(write: (reply: Reply) => void): void;

  /** Drops the session; `afterReply` lets what was already replied leave first. */
  abstract close(afterReply: boolean): void;
}
