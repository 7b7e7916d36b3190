// `reddis --healthcheck`: is the server of this configuration serving? Invariant: success means
// that it answered PING with PONG; a server that loads, wants a password or hangs is not healthy
// (`redis-cli ping` exits 0 for some of these).

import { connect } from 'node:net';

const TIMEOUT_MS = 5000;
const CRLF = '\r\n';

export interface HealthcheckTarget {
  readonly host: string;
  readonly port: number;
  /** Empty for none. */
  readonly password: string;
}

function request(...words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}${CRLF}${word}${CRLF}`);
  return `*${words.length}${CRLF}${parts.join('')}`;
}

/** @returns null when the server answered PONG, or what it did instead */
export function checkHealth(target: HealthcheckTarget): Promise<string | null> {
  const { host, port, password } = target;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = '';
    const finish = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish(`no answer within ${TIMEOUT_MS} ms`));
    socket.on('error', (error) => finish(error.message));
    socket.on('close', () => finish('the server closed the connection'));
    socket.on('connect', () => {
      const auth = password === '' ? '' : request('AUTH', password);
      socket.write(auth + request('PING'));
    });
    const wanted = password === '' ? 1 : 2;
    socket.on('data', (data) => {
      received += data.toString('latin1');
      const replies = received.split(CRLF);
      if (replies.length <= wanted) return;
      const last = replies[wanted - 1];
      finish(last === '+PONG' ? null : last);
    });
  });
}
