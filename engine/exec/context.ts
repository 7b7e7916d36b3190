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

export function makeContext(parts: ContextParts): Context {
  const [command] = parts.registry.every();
  return {
    session: new LocalSession(0),
    reply: new NullReply(),
    command,
    db: parts.keyspace.databases[0],
    keyspace: parts.keyspace,
    effects: parts.effects,
    clock: parts.clock,
    random: parts.random,
    config: parts.config,
    commands: parts.registry,
    clients: NO_CLIENTS,
    process: NO_PROCESS,
    blocking: parts.blocking,
    transactions: parts.transactions,
    get now() {
      return parts.keyspace.now;
    },
    get info() {
      return parts.info;
    },
    get persistence() {
      return parts.persistence;
    },
  };
}
