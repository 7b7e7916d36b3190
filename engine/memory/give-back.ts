// Getting dropped memory back to the operating system. The garbage collector frees an ArrayBuffer
// when it finds it unused, and an engine that allocates nothing gives it no reason to look. A
// large allocation is one, because V8 counts the bytes outside its heap too; nobody touches it,
// so it costs no pages. The collector frees the memory itself on another thread.

/** Less than this waits for more, or for a collection that comes for another reason. */
const DROPPED_MAX_BYTES = 256 * 1024 * 1024;
/** Enough to bring about a collection at once (on Node 20, 128 MiB do). */
const NUDGE_BYTES = 256 * 1024 * 1024;

let droppedBytes = 0;

/** Says that ArrayBuffers of this size are, or will be at the end of this turn, unused. */
export function noteDropped(sizeBytes: number): void {
  droppedBytes += sizeBytes;
  if (droppedBytes < DROPPED_MAX_BYTES) return;
  droppedBytes = 0;
  setImmediate(nudgeCollector);
}

function nudgeCollector(): void {
  try {
    Buffer.allocUnsafeSlow(NUDGE_BYTES);
  } catch (error) {
    // No address space for it: then the next chunk that is needed brings the collection about.
    if (!(error instanceof RangeError)) throw error;
  }
}
