// One accepted connection of each kind a server can have, both ends in this process. The client
// reads nothing by itself.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { acceptSockets } from '../../protocol/fast-accept.js';
import { atEnd } from '../support/at-end.js';
import { tempDir } from '../support/temp-dir.js';

export interface SocketKind {
  readonly isFast: boolean;
  readonly isUnix: boolean;
}

export const SOCKET_KINDS: readonly (SocketKind & { readonly name: string })[] = [
  { name: 'fast TCP', isFast: true, isUnix: false },
  { name: 'fast unix', isFast: true, isUnix: true },
  { name: 'ordinary TCP', isFast: false, isUnix: false },
  { name: 'ordinary unix', isFast: false, isUnix: true },
];

/** @returns both ends of a new connection: the accepted one and the one that connected */
export async function acceptOne(
  t: TestContext,
  kind: SocketKind,
): Promise<{ socket: Socket; client: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  const path = kind.isUnix ? join(await tempDir(t), 'one.sock') : undefined;
  server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const accepted = new Promise<Socket>((resolve) => {
    const accept = (open: (receive: () => void) => Socket): void => resolve(open(() => {}));
    acceptSockets(server, Buffer.allocUnsafe(65536), accept, kind.isFast);
  });
  const client = path === undefined ? connect(port, '127.0.0.1') : connect(path);
  client.on('error', () => {});
  const socket = await accepted;
  if (client.connecting) await once(client, 'connect');
  socket.resume();
  atEnd(t, () => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { socket, client };
}

/** Reads from now on. @returns everything until the other side ends, or until it fails */
export async function readToEnd(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.resume();
  await new Promise((resolve) => client.once('end', resolve).once('close', resolve));
  return Buffer.concat(chunks);
}
