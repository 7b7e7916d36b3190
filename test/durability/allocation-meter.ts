// How many bytes of buffers and typed arrays a piece of work asks for. Chunks of an arena count
// apart: they are address space, and only what is written to becomes memory. Invariant: while it
// is installed every such allocation of this realm is counted, also those that are freed again.

import { CHUNK_BYTES } from '../../engine/memory/chunks.js';

const VIEWS = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array', 'Float64Array'] as const;
const BUFFERS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

export class AllocationMeter {
  bytes = 0;
  chunks = 0;
  private readonly recycled: Buffer[] = [];
  private readonly isRecycling: boolean;

  /**
   * @param isRecycling hands the same chunks out again after each `reset`, when nobody uses those
   *   from before any more: to get them takes longer than most work that is measured
   */
  constructor({ isRecycling }: { readonly isRecycling: boolean }) {
    this.isRecycling = isRecycling;
  }

  /** Begins to count. @returns what ends it */
  install(): () => void {
    const undo: (() => void)[] = [];
    for (const name of VIEWS) undo.push(this.replace(globalThis, name, this.metered(name)));
    undo.push(this.replace(globalThis, 'ArrayBuffer', this.metered('ArrayBuffer')));
    for (const name of BUFFERS) {
      const original: (size: number) => Buffer = Buffer[name];
      const counting = (sizeBytes: number, ...rest: []): Buffer => {
        const number = this.chunks;
        this.add(sizeBytes);
        if (number === this.chunks || !this.isRecycling) {
          return original.call(Buffer, sizeBytes, ...rest);
        }
        this.recycled[number] ??= original.call(Buffer, sizeBytes);
        return this.recycled[number];
      };
      undo.push(this.replace(Buffer, name, counting));
    }
    return () => {
      for (const each of undo) each();
    };
  }

  reset(): void {
    this.bytes = 0;
    this.chunks = 0;
  }

  private add(sizeBytes: number): void {
    if (sizeBytes === CHUNK_BYTES) this.chunks++;
    else this.bytes += sizeBytes;
  }

  private metered(name: (typeof VIEWS)[number] | 'ArrayBuffer'): object {
    const original = globalThis[name];
    const unit = 'BYTES_PER_ELEMENT' in original ? original.BYTES_PER_ELEMENT : 1;
    return new Proxy(original, {
      construct: (target, args: unknown[], newTarget) => {
        if (typeof args[0] === 'number') this.add(args[0] * unit);
        return Reflect.construct(target, args, newTarget);
      },
    });
  }

  private replace(owner: object, name: string, value: unknown): () => void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before === undefined) throw new Error(`there is no ${name} to replace`);
    Object.defineProperty(owner, name, { ...before, value });
    return () => Object.defineProperty(owner, name, before);
  }
}
