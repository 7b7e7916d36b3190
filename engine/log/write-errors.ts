// What a failed write or sync means for the client and for the log. A full disk passes by itself,
// so the log holds and tries again; any other error makes the file unusable for good, because a
// failed sync may have dropped pages that later reads still show.

import { errorCode, type FileError } from '../util/fs.js';

const TEXTS: Record<string, string> = {
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EIO: 'Input/output error',
  EROFS: 'Read-only file system',
  EFBIG: 'File too large',
};

/** Whether an error ends by itself once somebody frees space. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** @returns what clients read after MISCONF; Redis's words */
export function refusalText(error: FileError): string {
  return `Errors writing to the AOF file: ${TEXTS[errorCode(error)] ?? error.message}`;
}

/** @returns what was thrown, as an error */
export function asFileError(error: unknown): FileError {
  return error instanceof Error ? error : new Error(String(error));
}
