// The error texts clients match, each said once. A text begins with its code; `Reply.error` adds
// the dash. Texts that hold a client's bytes are functions.

export const ERR_SYNTAX = 'ERR syntax error';
export const ERR_NOT_INTEGER = 'ERR value is not an integer or out of range';
export const ERR_NOT_FLOAT = 'ERR value is not a valid float';
export const ERR_NO_SUCH_KEY = 'ERR no such key';
export const ERR_OVERFLOW = 'ERR increment or decrement would overflow';
export const ERR_DECREMENT_OVERFLOW = 'ERR decrement would overflow';
export const ERR_NAN_OR_INFINITY = 'ERR increment would produce NaN or Infinity';
export const ERR_OFFSET_OUT_OF_RANGE = 'ERR offset is out of range';
export const ERR_STRING_TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
export const ERR_DB_INDEX = 'ERR DB index is out of range';
export const ERR_SAME_OBJECT = 'ERR source and destination objects are the same';
export const ERR_INVALID_CURSOR = 'ERR invalid cursor';
export const ERR_TIMEOUT_NOT_INTEGER = 'ERR timeout is not an integer or out of range';
export const ERR_TIMEOUT_NOT_FLOAT = 'ERR timeout is not a float or out of range';
export const ERR_TIMEOUT_NEGATIVE = 'ERR timeout is negative';
export const ERR_TIMEOUT_OUT_OF_RANGE = 'ERR timeout is out of range';
export const WRONGTYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const NOAUTH = 'NOAUTH Authentication required.';
export const WRONGPASS = 'WRONGPASS invalid username-password pair or user is disabled.';
export const NOPROTO = 'NOPROTO unsupported protocol version';
export const LOADING = 'LOADING Redis is loading the dataset in memory';
export const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
export const BUSYKEY = 'BUSYKEY Target key name already exists.';

/** @param command full lower-case name, `client|kill` for a subcommand */
export function wrongArity(command: string): string {
  return `ERR wrong number of arguments for '${command}' command`;
}

/** @param command full lower-case name */
export function invalidExpire(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}
