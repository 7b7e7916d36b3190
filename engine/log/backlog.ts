// Bounds what waits in memory for the disk. Invariant: the listener is told once when it is too
// much, and once when there is room again, well below the bound.

/** From here on no more writes are taken. */
const OVERFULL_BYTES = 64 * 1024 * 1024;
const ROOM_AGAIN_BYTES = 32 * 1024 * 1024;

export class Backlog {
  private isOverfull = false;
  private readonly onChange: (isOverfull: boolean) => void;

  constructor(onChange: (isOverfull: boolean) => void) {
    this.onChange = onChange;
  }

  /** @param waitingBytes what waits now */
  update(waitingBytes: number): void {
    if (waitingBytes < ROOM_AGAIN_BYTES ? !this.isOverfull : this.isOverfull) return;
    if (!this.isOverfull && waitingBytes < OVERFULL_BYTES) return;
    this.isOverfull = !this.isOverfull;
    this.onChange(this.isOverfull);
  }
}
