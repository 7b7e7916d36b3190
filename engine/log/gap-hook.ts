// Gaps that a salvage left: whoever loads a file must know of them, for records of a snapshot
// belong together, and commands may need what lost ones had made.

import type { FrameHook } from './file-reader.js';
import { FRAME_GAP } from './format.js';

/** @returns a hook for a reader that calls back at each gap; null for nobody to call */
export function gapHook(onGap: (() => void) | null): FrameHook | null {
  if (onGap === null) return null;
  return (_bytes, _at, _length, { type }) => {
    if (type === FRAME_GAP) onGap();
  };
}
