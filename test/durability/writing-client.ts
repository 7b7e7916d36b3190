// A client that keeps a window of writes in flight until its connection breaks, and notes what was
// acknowledged. Invariant: a write is handed to the oracle before its bytes leave.

import { connect } from 'node:net';
import { RawReplies } from '../support/raw-replies.js';
import { encodeCommand } from '../support/resp-connection.js';
import type { WriteOracle } from './write-oracle.js';

const WINDOW = 24;
const DASH = 45;

export interface WritingClient {
  /** How many commands were acknowledged so far. */
  readonly acknowledged: () => number;
  readonly isOpen: () => boolean;
  /** Resolves when the connection is gone; rejects for an error reply. */
  readonly ended: Promise<void>;
}

/** Connects and writes until the server goes away. */
export function startWriting(port: number, oracle: WriteOracle): WritingClient {
  const socket = connect({ port, host: '127.0.0.1' });
  const replies = new RawReplies();
  let acknowledged = 0;
  let inFlight = 0;
  const send = (): void => {
    const pieces: Buffer[] = [];
    while (inFlight < WINDOW) {
      const commands = oracle.next(Date.now());
      inFlight += commands.length;
      pieces.push(...commands.map(encodeCommand));
    }
    socket.write(Buffer.concat(pieces));
  };
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      replies.push(chunk);
      for (let raw = replies.next(); raw !== null; raw = replies.next()) {
        if (raw[0] === DASH) reject(new Error(`${oracle.name}: ${raw.toString()}`));
        oracle.acknowledged();
        acknowledged++;
        inFlight--;
      }
      // Half a window at a time: replies and requests overlap as they do in life.
      if (inFlight < WINDOW / 2) send();
    });
    // The server is killed: resets are what is expected.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  return { acknowledged: () => acknowledged, isOpen: () => !socket.closed, ended };
}
