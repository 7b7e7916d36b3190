// Where INFO gets its facts: one small object each for what lies outside this row of the engine.
// The engine fills them in; the daemon replaces `listener` and `process` by what it knows. A null
// fact is left out of INFO rather than made up.

import type { CommandsPort, ConfigPort } from '../contract/ports.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { EngineClock } from '../util/engine-clock.js';
import type { ServerStatistics } from './server-statistics.js';

/** What does not change while the engine lives. */
export interface IdentitySource {
  /** Version of this package. */
  readonly version: string;
  /** 40 hex digits, new with each start. */
  readonly runId: string;
  /** 40 hex digits that name the dataset's history. */
  readonly replicationId: string;
  /** Monotonic ms of the start. */
  readonly startedAtMs: number;
}

/** Connections; protocol's listener statistics have this shape. */
export interface ListenerSource {
  readonly connectedClients: number;
  readonly blockedClients: number;
  readonly connectionsReceived: number;
  readonly connectionsRejected: number;
  readonly netInputBytes: number;
  readonly netOutputBytes: number;
  readonly protocolErrors: number;
  readonly queryLimitDisconnections: number;
  readonly outputLimitDisconnections: number;
  readonly recentMaxInputBufferBytes: number;
  readonly recentMaxOutputBufferBytes: number;
  /** CONFIG RESETSTAT */
  reset(): void;
}

/** The operating system's view of this process. */
export interface ProcessSource {
  readonly pid: number | null;
  readonly executable: string | null;
  readonly configFile: string | null;
  /** As `uname -srm` says it. */
  readonly os: string | null;
  /** e.g. `v20.19.0` */
  readonly nodeVersion: string | null;
  readonly totalMemoryBytes: number | null;
  /** The port listened on, which is not `port` when that is 0. */
  readonly tcpPort: number | null;
  residentBytes(): number | null;
  /** Bytes of the JS heap in use. */
  heapBytes(): number | null;
  cpu(): { readonly userSeconds: number; readonly systemSeconds: number } | null;
}

/** Sessions that wait or watch. */
export interface WaitingSource {
  /** Waits with a time-out. */
  readonly timeoutCount: number;
  /** Keys that some session waits for. */
  readonly keyWaiters: { readonly keyCount: number };
}

export interface WatchingSource {
  readonly watchedKeys: { readonly watcherCount: number; readonly keyCount: number };
}

export interface LoadingFacts {
  readonly startSeconds: number;
  readonly totalBytes: number;
  readonly loadedBytes: number;
}

export interface CompactionFacts {
  readonly isRunning: boolean;
  readonly isScheduled: boolean;
  /** Seconds the last one took; -1 before the first. */
  readonly lastSeconds: number;
  /** Seconds the running one has taken; -1 when there is none. */
  readonly currentSeconds: number;
  readonly isLastOk: boolean;
  readonly finished: number;
  readonly consecutiveFailures: number;
}

/** The log and its compaction. */
export interface PersistenceSource {
  /** False for an engine without a directory. */
  readonly isEnabled: boolean;
  /** Null when nothing is loaded now. */
  readonly loading: LoadingFacts | null;
  readonly compaction: CompactionFacts;
  /** Unix seconds; the start before the first. */
  readonly lastSaveSeconds: number;
  readonly changesSinceSave: number;
  readonly isLastWriteOk: boolean;
  readonly currentSizeBytes: number;
  readonly baseSizeBytes: number;
  readonly bufferedBytes: number;
  readonly pendingSyncs: number;
  readonly delayedSyncs: number;
  /** Further `aof_*` lines, by field name. */
  details(): Iterable<readonly [name: string, value: string | number]>;
  /** CONFIG RESETSTAT */
  resetStatistics(): void;
}

export interface InfoSources {
  readonly clock: EngineClock;
  readonly config: ConfigPort;
  readonly keyspace: Keyspace;
  readonly commands: CommandsPort;
  readonly statistics: ServerStatistics;
  readonly executor: { commandsProcessed: number };
  readonly identity: IdentitySource;
  readonly blocking: WaitingSource;
  readonly transactions: WatchingSource;
  persistence: PersistenceSource;
  listener: ListenerSource;
  process: ProcessSource;
}

/** An engine that nobody connects to. */
export const NO_LISTENER: ListenerSource = {
  connectedClients: 0,
  blockedClients: 0,
  connectionsReceived: 0,
  connectionsRejected: 0,
  netInputBytes: 0,
  netOutputBytes: 0,
  protocolErrors: 0,
  queryLimitDisconnections: 0,
  outputLimitDisconnections: 0,
  recentMaxInputBufferBytes: 0,
  recentMaxOutputBufferBytes: 0,
  reset: () => {},
};

/** An engine inside a process that it knows nothing about. */
export const UNKNOWN_PROCESS: ProcessSource = {
  pid: null,
  executable: null,
  configFile: null,
  os: null,
  nodeVersion: null,
  totalMemoryBytes: null,
  tcpPort: null,
  residentBytes: () => null,
  heapBytes: () => null,
  cpu: () => null,
};
