// The one Context of an engine. Its fixed parts are set here; the executor fills in the rest for
// each command. An engine nobody connected to has no clients and no process to shut down.

import type { Command } from '../contract/command.js';
import type { Context } from '../contract/context.js';
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
} from '../contract/ports.js';
import type { Reply } from '../contract/reply.js';
import type { Session } from '../contract/session.js';
import type { Database } from '../keyspace/database.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { LocalSession } from './local-session.js';
import { NullReply } from './null-reply.js';

const NO_CLIENTS: ClientsPort = {
  count: 0,
  describe: (session) => `id=${session.id} name=${session.name} db=${session.dbIndex}`,
  list: () => [],
  kill: () => 0,
  pause: () => {},
  unpause: () => {},
};

const NO_PROCESS: ProcessPort = {
  shutdown: (_options, failed) => failed(),
  abortShutdown: () => false,
};

/** What a context is made of; `info` and `persistence` are asked for late, they need a context. */
export interface ContextParts {
  readonly keyspace: Keyspace;
  readonly effects: EffectsPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ConfigPort;
  readonly registry: CommandsPort & { every(): Iterable<Command> };
  readonly blocking: BlockingPort;
  readonly transactions: TransactionsPort;
  readonly info: InfoPort;
  readonly persistence: PersistencePort;
}

/** A class: V8 leaves reads of the properties of an object literal with getters un-optimised. */
export class ExecutionContext implements Context {
  session: Session = new LocalSession(0);
  reply: Reply = new NullReply();
  command: Command;
  db: Database;
  clients: ClientsPort = NO_CLIENTS;
  process: ProcessPort = NO_PROCESS;
  readonly keyspace: Keyspace;
  readonly effects: EffectsPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ConfigPort;
  readonly commands: CommandsPort;
  readonly blocking: BlockingPort;
  readonly transactions: TransactionsPort;
  private readonly parts: ContextParts;

  constructor(parts: ContextParts) {
    this.parts = parts;
    [this.command] = parts.registry.every();
    this.db = parts.keyspace.databases[0];
    this.keyspace = parts.keyspace;
    this.effects = parts.effects;
    this.clock = parts.clock;
    this.random = parts.random;
    this.config = parts.config;
    this.commands = parts.registry;
    this.blocking = parts.blocking;
    this.transactions = parts.transactions;
  }

  get now(): number {
    return this.keyspace.now;
  }

  get info(): InfoPort {
    return this.parts.info;
  }

  get persistence(): PersistencePort {
    return this.parts.persistence;
  }
}
