// What a handler is given besides its arguments. There is one Context per engine, refilled for
// each command (no allocation on the hot path); a handler must not keep it past its return.

import type { Database } from '../keyspace/database.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import type { Command } from './command.js';
import type {
  BlockingPort,
  ClientsPort,
  CommandsPort,
  ConfigPort,
  EffectsPort,
  InfoPort,
  PersistencePort,
  ProcessPort,
  TransactionsPort,
} from './ports.js';
import type { Reply } from './reply.js';
import type { Session } from './session.js';

export interface Context {
  session: Session;
  reply: Reply;
  command: Command;
  /** The session's selected database. */
  db: Database;
  /** Unix ms, the same for the whole command (and for all commands of one EXEC or script). */
  readonly now: number;
  readonly keyspace: Keyspace;
  /** Appends this command's effects to the log; only for `propagate: 'effects'`. */
  readonly effects: EffectsPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ConfigPort;
  readonly info: InfoPort;
  readonly commands: CommandsPort;
  readonly clients: ClientsPort;
  readonly process: ProcessPort;
  readonly persistence: PersistencePort;
  readonly blocking: BlockingPort;
  readonly transactions: TransactionsPort;
}
