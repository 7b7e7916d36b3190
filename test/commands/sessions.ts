// Callers as the protocol layer makes them: without the trust that an embedding process has.

import type { LocalSession } from '../../engine/exec/local-session.js';
import type { ReplyValue } from '../../engine/exec/value-reply.js';
import type { Engine } from '../../engine/index.js';
import { ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';

export interface Caller {
  readonly session: LocalSession;
  /** @returns the reply; an error as its text */
  run(...args: string[]): Promise<unknown>;
}

function plain(value: ReplyValue): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (value instanceof ReplyError) return value.message;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [plain(key), plain(item)]));
  }
  if (value instanceof Set) return new Set([...value].map(plain));
  return value;
}

/** A caller with the session flags of a socket; authenticated only while there is no password. */
export function connect(engine: Engine): Caller {
  const client = new LocalClient(engine);
  const { session } = client;
  session.flags = 0;
  session.resp = 2;
  session.isAuthenticated = engine.config.text('requirepass') === '';
  return {
    session,
    run: async (...args) => {
      try {
        const bytes = args.map((arg) => Buffer.from(arg, 'latin1'));
        return plain(await client.callBuffer(...bytes));
      } catch (error) {
        if (error instanceof ReplyError) return error.message;
        throw error;
      }
    },
  };
}
