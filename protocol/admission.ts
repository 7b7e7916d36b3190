// Who may connect at all: maxclients and protected mode. Invariant: a refused client gets one error
// that says why and how to change it, and never becomes a session.

import type { Socket } from 'node:net';
import type { EnginePort } from './engine-port.js';
import type { Limits } from './limits.js';

const TOO_MANY_CLIENTS = '-ERR max number of clients reached\r\n';

const PROTECTED =
  '-DENIED Running in protected mode: no password is set for the default user, so only ' +
  'connections from this host are accepted. To connect from elsewhere, choose one: ' +
  '1) set a password (requirepass in the configuration file, or CONFIG SET requirepass from this ' +
  'host); 2) if everyone who can reach this port may be trusted, switch the protection off with ' +
  "'CONFIG SET protected-mode no' from this host and keep it with CONFIG REWRITE; " +
  "3) start the server with '--protected-mode no'.\r\n";

/** @returns whether an address is this machine's own */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return /^(::ffff:)?127\./.test(address) || address === '::1';
}

/** @returns null, or what a new connection is told before it is closed */
export function refusal(
  socket: Socket,
  isUnixSocket: boolean,
  clientCount: number,
  limits: Limits,
  engine: EnginePort,
): string | null {
  if (clientCount >= limits.maxClients) return TOO_MANY_CLIENTS;
  if (isUnixSocket || !limits.isProtectedMode || engine.isPasswordRequired) return null;
  return isLoopback(socket.remoteAddress) ? null : PROTECTED;
}
