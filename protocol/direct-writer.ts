// Writes to a socket's handle without the stream in between, whose bookkeeping costs more than most
// replies. With fast-accept.ts the only place that leans on Node's internals. Invariant: a write
// is either finished when `write` returns, or in flight until `onFinished`; while one is in flight
// its bytes are kept referenced and its request object is not used for another.
//
// A handle takes a request object with each write and touches it only when the kernel did not take
// everything at once: then it becomes an asynchronous resource with an id, and `oncomplete` is
// called. So one unused request object serves any number of writes. (The length of the handle's
// queue does not tell: a write may be finished by its second attempt and still be reported later.)

import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { assert } from './engine-port.js';
import { openedHandle } from './fast-accept.js';

/** The id of a request object that no write holds on to. */
const UNUSED_ID = -1;

interface WriteRequest {
  getAsyncId(): number;
  /** @param status 0, or the negative number of a system error */
  oncomplete?: (status: number) => void;
  /** What is being written: the handle itself does not keep it from the garbage collector. */
  buffer?: Buffer;
}

type WriteRequestType = new () => WriteRequest;

interface WritableHandle {
  /** Bytes that wait for the kernel. */
  readonly writeQueueSize: number;
  getAsyncId(): number;
  /** @returns 0, or the negative number of a system error */
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
}

/** Node's class of request objects, once seen; null when it is not what is needed here. */
let requestType: WriteRequestType | null | undefined;

function isWritableHandle(handle: object): handle is WritableHandle {
  return (
    typeof Reflect.get(handle, 'writeBuffer') === 'function' &&
    typeof Reflect.get(handle, 'getAsyncId') === 'function' &&
    typeof Reflect.get(handle, 'writeQueueSize') === 'number'
  );
}

function isRequestType(value: unknown, handle: WritableHandle): value is WriteRequestType {
  if (typeof value !== 'function' || value.name !== 'WriteWrap' || value.length > 0) return false;
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  // The same native method, so it tells of a request what it tells of the handle.
  if (Reflect.get(prototype, 'getAsyncId') !== handle.getAsyncId) return false;
  const request: unknown = Reflect.construct(value, []);
  const id: unknown = Reflect.apply(handle.getAsyncId, request, []);
  return id === UNUSED_ID && handle.getAsyncId() > 0;
}

/** Looks at the request object of the stream's next write to a handle. */
function watchNextWrite(handle: WritableHandle): void {
  const { writeBuffer } = handle;
  const watching = (request: WriteRequest, bytes: Buffer): number => {
    Reflect.deleteProperty(handle, 'writeBuffer');
    const type: unknown = request.constructor;
    requestType = isRequestType(type, handle) ? type : null;
    return Reflect.apply(writeBuffer, handle, [request, bytes]);
  };
  Reflect.set(handle, 'writeBuffer', watching);
}

export class DirectWriter {
  private readonly socket: Socket;
  private readonly handle: WritableHandle;
  private readonly onFinished: () => void;
  /** For the next write; null before the first and after one that went in flight. */
  private request: WriteRequest | null = null;
  private inFlight: WriteRequest | null = null;

  private constructor(socket: Socket, handle: WritableHandle, onFinished: () => void) {
    this.socket = socket;
    this.handle = handle;
    this.onFinished = onFinished;
  }

  /**
   * @param onFinished called when everything of a write in flight was taken by the kernel
   * @returns null when the socket can only be written to as a stream
   */
  static open(socket: Socket, onFinished: () => void): DirectWriter | null {
    const handle = openedHandle(socket);
    if (handle === null || requestType === null || !isWritableHandle(handle)) return null;
    return new DirectWriter(socket, handle, onFinished);
  }

  /** Whether a write was begun and the kernel has not taken all of it. */
  get isInFlight(): boolean {
    return this.inFlight !== null;
  }

  /** Bytes of the write in flight that the kernel has not taken. */
  get queuedBytes(): number {
    return this.inFlight === null || this.socket.destroyed ? 0 : this.handle.writeQueueSize;
  }

  /**
   * Writes bytes that must stay as they are while `isInFlight`. Nothing may be in flight, and all
   * that was written to the stream must be sent. A failed write destroys the socket.
   * @returns false when the caller must write to the stream instead
   */
  write(bytes: Buffer): boolean {
    if (!this.socket.writable) return false;
    const request = this.request ?? this.makeRequest();
    if (request === null) return false;
    const status = this.handle.writeBuffer(request, bytes);
    if (status !== 0) {
      this.request = null;
      this.fail(status);
    } else if (request.getAsyncId() !== UNUSED_ID) {
      this.request = null;
      this.inFlight = request;
      request.buffer = bytes;
    }
    return true;
  }

  private makeRequest(): WriteRequest | null {
    assert(this.inFlight === null, 'one direct write at a time');
    if (requestType === undefined) watchNextWrite(this.handle);
    if (requestType === undefined || requestType === null) return null;
    const request = new requestType();
    request.oncomplete = (status) => this.complete(request, status);
    this.request = request;
    return request;
  }

  private complete(request: WriteRequest, status: number): void {
    assert(request === this.inFlight, 'the write in flight is the one that completes');
    this.inFlight = null;
    // Closing the handle cancels what is in flight.
    if (this.socket.destroyed) return;
    if (status < 0) this.fail(status);
    else this.onFinished();
  }

  /** Ends the connection the way a failed write to the stream does. */
  private fail(status: number): void {
    const code = status < 0 ? getSystemErrorName(status) : 'UNKNOWN';
    const error = new Error(`write ${code}`);
    this.socket.destroy(Object.assign(error, { errno: status, code, syscall: 'write' }));
  }
}
