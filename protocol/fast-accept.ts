// Sockets that read into a buffer we own. Node has that for clients (`onread`) but not for accepted
// sockets, so the server's handle is asked for its connections directly; with direct-writer.ts the
// only place that leans on Node's internals. Invariant: whatever is not exactly as expected leaves
// the ordinary way of accepting in place, which is slower and otherwise the same.

import { type OnReadOpts, type Server, Socket, type SocketConstructorOpts } from 'node:net';

/** Sockets opened here, and their handles. Others are never written to directly. */
const openedHandles = new WeakMap<Socket, object>();

/** What a handle must have to be read from. */
const HANDLE_METHODS = ['readStart', 'readStop', 'useUserBuffer', 'shutdown'] as const;

interface HandleOptions extends SocketConstructorOpts {
  /** Not in Node's documentation; `net.Server` itself passes it. */
  readonly handle: object;
  readonly onread: OnReadOpts;
}

/** Takes a new connection's socket; data comes through `receive`. */
export type AcceptSocket = (open: OpenSocket) => void;
/** Makes the socket. @param receive called with the number of bytes read into `readArea` */
export type OpenSocket = (receive: (count: number) => void) => Socket;

function isReadable(handle: unknown): handle is object {
  if (typeof handle !== 'object' || handle === null) return false;
  return HANDLE_METHODS.every((name) => typeof Reflect.get(handle, name) === 'function');
}

/** @returns the handle behind a server or socket, or null when this Node keeps it elsewhere */
function handleOf(owner: Server | Socket): object | null {
  const handle: unknown = Reflect.get(owner, '_handle');
  return typeof handle === 'object' && handle !== null ? handle : null;
}

/** Opens a socket that reads into `readArea` without allocating. */
function openFast(handle: object, readArea: Buffer, receive: (count: number) => void): Socket {
  const options: HandleOptions = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: readArea,
      callback: (count: number) => {
        receive(count);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  openedHandles.set(socket, handle);
  return socket;
}

/** Reads an ordinary socket, through the same area. */
export function openOrdinary(
  socket: Socket,
  readArea: Buffer,
  receive: (count: number) => void,
): Socket {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length && !socket.destroyed; at += readArea.length) {
      receive(chunk.copy(readArea, 0, at));
    }
  });
  return socket;
}

/**
 * Makes a listening server hand its connections to `accept`. Call it again after each `listen`.
 * @param server created with `allowHalfOpen`
 * @param readArea where all sockets read to; each read must be consumed before the next
 * @param isFastAllowed false forces ordinary sockets
 * @returns whether the fast way is in use
 */
export function acceptSockets(
  server: Server,
  readArea: Buffer,
  accept: AcceptSocket,
  isFastAllowed = true,
): boolean {
  server.on('connection', (socket) => {
    accept((receive) => openOrdinary(socket, readArea, receive));
  });
  const listening = isFastAllowed ? handleOf(server) : null;
  if (listening === null) return false;
  const ordinary: unknown = Reflect.get(listening, 'onconnection');
  if (typeof ordinary !== 'function') return false;
  const onConnection = function (this: unknown, status: number, handle: unknown): void {
    if (status === 0 && isReadable(handle)) {
      accept((receive) => openFast(handle, readArea, receive));
    } else {
      Reflect.apply(ordinary, this, [status, handle]);
    }
  };
  return Reflect.set(listening, 'onconnection', onConnection);
}

/** @returns the handle of a socket that was opened the fast way, else null */
export function openedHandle(socket: Socket): object | null {
  return openedHandles.get(socket) ?? null;
}

/** @returns the file descriptor of a socket, or -1 where there is none to see */
export function fileDescriptor(socket: Socket): number {
  const handle = handleOf(socket);
  const descriptor: unknown = handle === null ? -1 : Reflect.get(handle, 'fd');
  return typeof descriptor === 'number' ? descriptor : -1;
}
