// The differences from Redis 7.0 that are meant. The README's section on differences is made from
// the reasons. Invariant: what is not in this table fails the differential tests.

import { latin1Bytes } from '../../engine/util/bytes.js';
import type { CommandWords } from '../support/resp-connection.js';
import { missingFields, sameNumbers } from './comparison.js';

/** A call and the two replies to it, as text. */
export interface Divergence {
  /** Upper-case words, latin1. */
  readonly words: readonly string[];
  readonly ours: string;
  readonly theirs: string;
}

export interface Difference {
  /** What a user may see, and why it is so. */
  readonly reason: string;
  /** Redis 7.2, whose behaviour is ours, differs from 7.0 in the same way. */
  readonly isFrom72: boolean;
  readonly covers: (divergence: Divergence) => boolean;
}

function isError(reply: string): boolean {
  return reply.startsWith('-');
}

/** 2^53 - 1 ms, in seconds. */
const DEADLINE_MAX_S = 9_007_199_254_740;

/** @returns the integer a reply is, or -1 */
function integerIn(reply: string): number {
  return reply.startsWith(':') ? Number(reply.slice(1, -2)) : -1;
}

/** @returns the type of the value in a reply to DUMP: its first byte; NaN when there is none */
function payloadType(reply: string): number {
  return reply.startsWith('$') ? reply.charCodeAt(reply.indexOf('\n') + 1) : Number.NaN;
}

/** RDB's type of a list. */
const LIST_PAYLOAD = 18;

/** RDB's types of a sorted set in binary form and as a listpack. */
function isSortedSet(reply: string): boolean {
  return payloadType(reply) === 5 || payloadType(reply) === 17;
}

/** @returns the cursor of a SCAN, HSCAN, SSCAN or ZSCAN; '0' for any other command */
function cursorOf([name, first, second]: readonly string[]): string {
  if (name === 'SCAN') return first;
  return /^[HSZ]SCAN$/.test(name) ? second : '0';
}

/** Whether clients waited while commands wrote several types, and some of them stored over keys. */
function storesOverOtherTypes(words: readonly string[]): boolean {
  if (!words.includes(';')) return false;
  const writes = (names: RegExp): boolean => words.some((word) => names.test(word));
  const types = [/^SET$/, /^([LR]PUSH|LMOVE|SORT)$/, /^Z(ADD|INCRBY|UNIONSTORE|RANGESTORE)$/];
  const isStoring = writes(/^(SORT|ZUNIONSTORE|ZRANGESTORE)$/);
  return isStoring && (types.filter(writes).length > 1 || words.includes('RESTORE'));
}

function isArityError(reply: string): boolean {
  return /^-ERR (wrong number of arguments|unknown subcommand or wrong number)/.test(reply);
}

/** Commands of which Redis 7.2 tells other flags, categories, arities or tips than 7.0. */
const FACTS_OF_72 = new Set(
  (
    'BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMAX BZPOPMIN CLIENT COMMAND CONFIG MSETNX RANDOMKEY SCAN ' +
    'WAIT ZRANK ZREVRANK'
  ).split(' '),
);

/** Fields of INFO that Redis 7.0 has and Reddis has not. */
const INFO_FIELDS_MISSING: ReadonlySet<string> = new Set(
  (
    'redis_build_id atomicvar_api gcc_version config_file used_memory_vm_eval ' +
    'used_memory_lua_human used_memory_scripts_eval used_memory_vm_functions ' +
    'used_memory_vm_total used_memory_vm_total_human used_memory_functions ' +
    'used_memory_scripts_human allocator_rss_ratio allocator_rss_bytes rss_overhead_ratio ' +
    'rss_overhead_bytes mem_total_replication_buffers mem_clients_normal ' +
    'lazyfree_pending_objects lazyfreed_objects current_save_keys_processed ' +
    'current_save_keys_total rdb_last_load_keys_expired rdb_last_load_keys_loaded ' +
    'expired_time_cap_reached_count expire_cycle_cpu_milliseconds total_eviction_exceeded_time ' +
    'current_eviction_exceeded_time active_defrag_hits active_defrag_misses ' +
    'active_defrag_key_hits active_defrag_key_misses total_active_defrag_time ' +
    'current_active_defrag_time unexpected_error_replies dump_payload_sanitizations ' +
    'total_reads_processed total_writes_processed io_threaded_reads_processed ' +
    'io_threaded_writes_processed reply_buffer_shrinks reply_buffer_expands ' +
    'used_cpu_sys_main_thread used_cpu_user_main_thread'
  ).split(' '),
);

export const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'CLIENT SETINFO, CLIENT NO-TOUCH and WAITAOF came with Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub], theirs }) =>
      (name === 'WAITAOF' || (name === 'CLIENT' && /^(SETINFO|NO-TOUCH)$/.test(sub))) &&
      isError(theirs),
  },
  {
    reason: 'A time-out too large for a clock is out of range since Redis 7.2, no more negative.',
    isFrom72: true,
    covers: ({ words: [name], ours, theirs }) =>
      /^B(L|R|Z)/.test(name) &&
      ours.startsWith('-ERR timeout is out of range') &&
      theirs.startsWith('-ERR timeout is negative'),
  },
  {
    reason: 'Scores are printed with the digits they need, as Redis 7.2 does; 7.0 prints 17.',
    isFrom72: true,
    covers: ({ words: [name], ours, theirs }) =>
      name === 'EXEC' && sameNumbers(latin1Bytes(ours), latin1Bytes(theirs)) === null,
  },
  {
    reason: 'ZRANK and ZREVRANK take WITHSCORE since Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name], theirs }) =>
      (name === 'ZRANK' || name === 'ZREVRANK') && isArityError(theirs),
  },
  {
    reason: 'COMMAND GETKEYS and GETKEYSANDFLAGS take a bare command name since Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub, of], ours, theirs }) =>
      name === 'COMMAND' &&
      ((sub.startsWith('GETKEYS') && isError(ours) && isArityError(theirs)) ||
        (sub === 'INFO' && of.startsWith('COMMAND|GETKEYS'))),
  },
  {
    reason: 'DEBUG STRINGMATCH-LEN takes its two arguments since Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub], theirs }) =>
      name === 'DEBUG' && sub === 'STRINGMATCH-LEN' && isError(theirs),
  },
  {
    reason: 'SCAN answers an unknown TYPE with an error, as Valkey 8 does; Redis answers no keys.',
    isFrom72: false,
    covers: ({ words: [name], ours }) =>
      name === 'SCAN' && ours.startsWith('-ERR unknown type name'),
  },
  {
    reason: 'SCAN refuses a negative and an empty cursor, as Valkey 8 does; Redis takes them.',
    isFrom72: false,
    covers: ({ words, ours }) =>
      /^(-\d+|\0?)$/.test(cursorOf(words)) && ours === '-ERR invalid cursor\r\n',
  },
  {
    reason:
      'SCAN cursors are positions of another kind: one that was not given out finds other keys.',
    isFrom72: false,
    covers: ({ words, ours, theirs }) =>
      cursorOf(words) !== '0' && ours.startsWith('*2') && theirs.startsWith('*2'),
  },
  {
    reason:
      'Deadlines end at 2^53 - 1 ms, in the year 287396; a later one is taken for that. Redis ' +
      'goes on to 2^63.',
    isFrom72: false,
    covers: ({ words, ours, theirs }) =>
      (/^P?(TTL|EXPIRETIME)$/.test(words[0]) && integerIn(theirs) > DEADLINE_MAX_S) ||
      (/^P?EXPIRE(AT)?$/.test(words[0]) &&
        /^[GL]T$/.test(words[3]) &&
        Number(words[2]) > DEADLINE_MAX_S &&
        integerIn(ours) >= 0),
  },
  {
    reason: 'Errors quote arguments whole; Redis stops at a zero byte.',
    isFrom72: false,
    covers: ({ ours, theirs }) => {
      const zero = ours.indexOf('\0');
      return zero >= 0 && isError(ours) && theirs.startsWith(ours.slice(0, zero));
    },
  },
  {
    reason: 'COMMAND INFO tells of flags, categories and tips as Redis 7.2 has them.',
    isFrom72: true,
    covers: ({ words: [name, sub, of] }) =>
      name === 'COMMAND' && sub === 'INFO' && FACTS_OF_72.has(of),
  },
  {
    reason: 'COMMAND DOCS says CLIENT PAUSE came with 3.0.0, as Redis 7.2 does.',
    isFrom72: true,
    covers: ({ words: [name, sub, of] }) =>
      name === 'COMMAND' && sub === 'DOCS' && /^CLIENT(\|PAUSE)?$/.test(of),
  },
  {
    reason:
      'OBJECT REFCOUNT of an integer below 10000 is that of a shared object, even of a copy; ' +
      'Redis has an object apart for what COPY made.',
    isFrom72: false,
    covers: ({ words: [name, sub], ours, theirs }) =>
      name === 'OBJECT' && sub === 'REFCOUNT' && ours === ':2147483647\r\n' && theirs === ':1\r\n',
  },
  {
    reason:
      'DUMP lists a sorted set from the lowest score up and prints scores with the digits they ' +
      'need, as Redis 7.2 does; either loads what the other dumped.',
    isFrom72: false,
    covers: ({ words: [name], ours, theirs }) =>
      name === 'DUMP' && payloadType(ours) === payloadType(theirs) && isSortedSet(ours),
  },
  {
    reason: 'A small list has the encoding listpack since Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub], ours, theirs }) =>
      name === 'OBJECT' &&
      sub === 'ENCODING' &&
      ours === '$8\r\nlistpack\r\n' &&
      theirs === '$9\r\nquicklist\r\n',
  },
  {
    reason:
      'DUMP cuts a list into other nodes: small lists are kept as one, as in Redis 7.2. Either ' +
      'loads what the other dumped.',
    isFrom72: false,
    covers: ({ words: [name], ours, theirs }) =>
      name === 'DUMP' && payloadType(ours) === LIST_PAYLOAD && payloadType(theirs) === LIST_PAYLOAD,
  },
  {
    reason: 'A small set has the encoding listpack since Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub], ours, theirs }) =>
      name === 'OBJECT' &&
      sub === 'ENCODING' &&
      ours === '$8\r\nlistpack\r\n' &&
      theirs === '$9\r\nhashtable\r\n',
  },
  {
    reason: 'LREM and LPOS refuse -2^63 as a count and a rank, as Valkey 8 does.',
    isFrom72: false,
    covers: ({ words, ours }) =>
      /^L(REM|POS)$/.test(words[0]) &&
      words.includes('-9223372036854775808') &&
      ours.startsWith('-ERR value is out of range, value must between -9223372036854775807 and'),
  },
  {
    reason:
      'What SORT, ZUNIONSTORE and their like store over a key of another type serves the clients ' +
      'that wait for it; in Redis they go on waiting.',
    isFrom72: false,
    covers: ({ words }) => storesOverOtherTypes(words),
  },
  {
    reason: 'SORT ALPHA compares whole texts; Redis stops at a zero byte unless it stores.',
    isFrom72: false,
    covers: ({ words, ours, theirs }) =>
      /^SORT(_RO)?$/.test(words[0]) &&
      words.includes('ALPHA') &&
      !words.includes('STORE') &&
      (ours + theirs).includes('\0') &&
      // What LIMIT leaves may be other elements then, of other lengths, but as many.
      (words.includes('LIMIT')
        ? ours.slice(0, ours.indexOf('\n')) === theirs.slice(0, theirs.indexOf('\n'))
        : ours.length === theirs.length),
  },
  {
    reason:
      'SORT may be refused by Redis because some command before it met a number out of range ' +
      '(the C library keeps that error).',
    isFrom72: false,
    covers: ({ words, ours, theirs }) =>
      /^SORT(_RO)?$/.test(words[0]) &&
      !words.includes('STORE') &&
      !isError(ours) &&
      theirs === "-ERR One or more scores can't be converted into double\r\n",
  },
  {
    reason:
      'Directives of counts and sizes end at 2^53 - 1; those of Redis at 2^63 - 1 or 2^64 - 1.',
    isFrom72: false,
    covers: ({ words: [name, sub], ours, theirs }) =>
      name === 'CONFIG' &&
      sub === 'SET' &&
      ours.endsWith(' 9007199254740991 inclusive\r\n') &&
      theirs.startsWith(ours.slice(0, ours.indexOf(' and 9007199254740991'))),
  },
  {
    reason: 'CONFIG SET refuses a directive that is given twice under its two names.',
    isFrom72: false,
    covers: ({ words: [name, sub], ours }) =>
      name === 'CONFIG' && sub === 'SET' && ours.endsWith('duplicate parameter\r\n'),
  },
  {
    reason:
      'INFO has no fields about what is not there: a C build and its allocator, defragmentation, ' +
      'Lua, lazy freeing, threads, and reading or writing RDB files.',
    isFrom72: false,
    covers: ({ words: [name], ours, theirs }) =>
      name === 'INFO' &&
      missingFields(ours, theirs, ':').every((field) => INFO_FIELDS_MISSING.has(field)),
  },
  {
    reason: 'DEBUG DIGEST and DIGEST-VALUE compare Reddis with Reddis only.',
    isFrom72: false,
    covers: ({ words: [name, sub], ours, theirs }) =>
      name === 'DEBUG' && sub.startsWith('DIGEST') && !isError(ours) && !isError(theirs),
  },
  {
    reason: 'The texts of HELP subcommands are written for Reddis.',
    isFrom72: false,
    covers: ({ words: [, sub], ours, theirs }) =>
      sub === 'HELP' && ours.startsWith('*') && theirs.startsWith('*'),
  },
];

/** @returns the difference that explains two unlike replies, or null */
export function explain(words: CommandWords, ours: Buffer, theirs: Buffer): Difference | null {
  const divergence = {
    words: words.map((word) =>
      (Buffer.isBuffer(word) ? word.toString('latin1') : String(word)).toUpperCase(),
    ),
    ours: ours.toString('latin1'),
    theirs: theirs.toString('latin1'),
  };
  return DIFFERENCES.find(({ covers }) => covers(divergence)) ?? null;
}
