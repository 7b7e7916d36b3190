// One log segment that this process created and may append to. Invariant: `sizeBytes` bytes are
// written, at positions the writer chose, so a short or repeated write never leaves a hole.

import type { FileHeader } from './file-header.js';

export class Segment {
  readonly name: string;
  readonly path: string;
  readonly header: FileHeader;
  /** -1 until the file is made. */
  fd = -1;
  inode = 0;
  sizeBytes = 0;
  /** The first entry that goes here; set when the segment becomes the current one. */
  firstSeq = 0;

  constructor(name: string, path: string, header: FileHeader) {
    this.name = name;
    this.path = path;
    this.header = header;
  }
}
