// The directives that are honoured, or will be: network, clients, log, memory, observation.
// Names, ranges and defaults are Redis 7.2's, except where the summary says so.

import {
  choice,
  type Directive,
  flag,
  INT_MAX,
  INT_MIN,
  INTEGER_MAX,
  integer,
  memory,
  memoryOrPercent,
  octal,
  text,
  UINT_MAX,
  words,
} from './directive.js';
import {
  parseBind,
  parseKeyspaceEvents,
  parseOutputBufferLimits,
  parsePercentiles,
  parseReplicaOf,
  parseSave,
  parseShutdownWords,
} from './word-directives.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const IMMUTABLE = { immutable: true } as const;
const NOT_YET = { effect: 'not-yet' } as const;
const NONE = { effect: 'none' } as const;
const PERMISSIONS = ['no', 'yes', 'local'] as const;

/** Words that `maxmemory-policy` takes. */
export const EVICTION_POLICIES = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
] as const;

function notEmpty(name: string): (value: string) => string | null {
  return (value) => (value === '' ? `${name} can't be empty` : null);
}

/** Refuses any but one value, with the reason. */
function only(wanted: string, reason: string): (value: string) => string | null {
  return (value) => (value === wanted ? null : reason);
}

const NETWORK: readonly Directive[] = [
  words(
    'bind',
    '127.0.0.1 -::1',
    parseBind,
    'Addresses to listen on; `-` before one: if it exists. Loopback by default.',
  ),
  integer('port', 5000, 0, 65535, 'TCP port; 0: a free one, or none beside a Unix socket.'),
  integer(
    'tcp-backlog',
    511,
    0,
    INT_MAX,
    'Length of the queue of connections not yet accepted.',
    IMMUTABLE,
  ),
  integer(
    'tcp-keepalive',
    300,
    0,
    INT_MAX,
    'Seconds between TCP keep-alive probes; 0 turns them off.',
  ),
  integer('timeout', 0, 0, INT_MAX, 'Seconds after which an idle client is closed; 0 means never.'),
  text('unixsocket', '', 'Path of a Unix socket to listen on.', IMMUTABLE),
  octal('unixsocketperm', '0', 0o777, 'Permission bits of the Unix socket, in octal.', IMMUTABLE),
  integer('maxclients', 10000, 1, UINT_MAX, 'Most clients connected at once.'),
  flag('protected-mode', 'yes', 'Without a password, only loopback clients are served.'),
  text('requirepass', '', 'Password of the default user.', { sensitive: true }),
  words(
    'client-output-buffer-limit',
    'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
    parseOutputBufferLimits,
    'Class, hard limit, soft limit, seconds: when a slow reader is closed.',
  ),
  memory(
    'client-query-buffer-limit',
    GIB,
    MIB,
    INTEGER_MAX,
    'Most bytes of unread request one client may hold.',
  ),
  memory(
    'proto-max-bulk-len',
    512 * MIB,
    MIB,
    INTEGER_MAX,
    'Longest argument and longest string value.',
  ),
  memoryOrPercent('maxmemory-clients', '0', 'Most memory of all client buffers together.', NOT_YET),
];

const LOG: readonly Directive[] = [
  text('dir', './data', 'Directory of the log, its snapshots and its lock.', {
    protected: true,
    deniedWhileLoading: true,
    fixed: 'the log cannot move while the server runs',
    check: notEmpty('dir'),
  }),
  flag('appendonly', 'yes', 'Always yes: Reddis is its log.', {
    deniedWhileLoading: true,
    check: only('yes', 'Reddis always keeps its log; it cannot be turned off'),
  }),
  choice(
    'appendfsync',
    ['everysec', 'always', 'no'],
    'everysec',
    'When acknowledged writes are forced to disk.',
  ),
  choice(
    'aof-on-io-error',
    ['rewrite', 'readonly', 'exit'],
    'rewrite',
    'What follows when the log cannot be written or synced, a full disk apart: memory is ' +
      'rewritten into new files, or writes are refused until BGREWRITEAOF has done that, or the ' +
      'process ends with 1. Not in Redis.',
  ),
  integer(
    'auto-aof-rewrite-percentage',
    100,
    0,
    INT_MAX,
    'Growth of the log, in percent of the last snapshot, that starts a compaction; 0 never.',
  ),
  memory(
    'auto-aof-rewrite-min-size',
    64 * MIB,
    0,
    INTEGER_MAX,
    'Size of the log below which no compaction starts by itself.',
  ),
  integer(
    'aof-history-generations',
    1,
    0,
    1000,
    'Superseded generations kept however old, to restore a point in time from. Not in Redis.',
  ),
  integer(
    'aof-history-hours',
    0,
    0,
    87600,
    'Further generations are kept as long as restoring any time of the last so many hours ' +
      'needs them, the one that covers the beginning included; 0: none. Not in Redis.',
  ),
  memory(
    'aof-history-max-bytes',
    0,
    0,
    INTEGER_MAX,
    'Above so many bytes of history the oldest generation goes, whatever count and age say, ' +
      'even the last one; 0: no limit. Not in Redis.',
  ),
  integer(
    'aof-scrub-hours',
    24,
    0,
    8760,
    'Hours in which every sealed file is re-read in the background; 0 never. Not in Redis.',
  ),
  flag(
    'aof-load-truncated',
    'yes',
    'Whether a log with a torn end is cut (into quarantine) and loaded.',
  ),
  words(
    'save',
    '3600 1 300 100 60 10000',
    parseSave,
    'Kept for tools; the log keeps every write, so no point starts a snapshot.',
    NONE,
  ),
  integer('shutdown-timeout', 10, 0, INT_MAX, 'Seconds a shutdown waits for replicas.', NOT_YET),
  words(
    'shutdown-on-sigint',
    'default',
    parseShutdownWords,
    'Options of the shutdown that SIGINT begins.',
    NONE,
  ),
  words(
    'shutdown-on-sigterm',
    'default',
    parseShutdownWords,
    'Options of the shutdown that SIGTERM begins.',
    NONE,
  ),
];

const SERVER: readonly Directive[] = [
  integer('databases', 16, 1, INT_MAX, 'How many databases there are.', IMMUTABLE),
  choice(
    'loglevel',
    ['debug', 'verbose', 'notice', 'warning', 'nothing'],
    'notice',
    'Least important lines that are logged.',
  ),
  text('logfile', '', 'File that log lines go to; empty: standard output.', IMMUTABLE),
  text('pidfile', '', 'File that holds the process id while the server runs.', IMMUTABLE),
  choice(
    'expire-clock',
    ['slewed', 'wall'],
    'slewed',
    'Whether deadlines, and TIME, follow a jump of the wall clock over ten minutes, at half ' +
      'to one and a half times the usual speed, or at once; one of over an hour is always ' +
      'followed at once, as after sleep. Not in Redis, which is as `wall`.',
  ),
  integer(
    'hz',
    10,
    0,
    INT_MAX,
    'Kept within 1 to 500; background work looks for something to do ten times a second.',
    { clamp: [1, 500], effect: 'none' },
  ),
  choice(
    'enable-debug-command',
    PERMISSIONS,
    'no',
    'Who may run DEBUG: nobody, everybody, local clients.',
    IMMUTABLE,
  ),
  choice(
    'enable-protected-configs',
    PERMISSIONS,
    'no',
    'Who may set protected directives.',
    IMMUTABLE,
  ),
  choice(
    'enable-module-command',
    PERMISSIONS,
    'no',
    'Who may run MODULE; there are no modules to load.',
    { immutable: true, effect: 'none' },
  ),
  integer(
    'busy-reply-threshold',
    5000,
    0,
    INTEGER_MAX,
    'Milliseconds a script runs before others are told BUSY.',
    { aliases: ['lua-time-limit'], effect: 'not-yet' },
  ),
  words(
    'notify-keyspace-events',
    '',
    parseKeyspaceEvents,
    'Classes of keyspace events that are published.',
    NOT_YET,
  ),
  integer(
    'slowlog-log-slower-than',
    10000,
    -1,
    INTEGER_MAX,
    'Microseconds from which a command counts as slow; -1 none.',
    NOT_YET,
  ),
  integer('slowlog-max-len', 128, 0, INTEGER_MAX, 'Entries the slow log keeps.', NOT_YET),
  integer(
    'latency-monitor-threshold',
    0,
    0,
    INTEGER_MAX,
    'Milliseconds from which an event counts as a latency spike; 0 none.',
    NOT_YET,
  ),
  flag('latency-tracking', 'yes', 'Whether latency percentiles of commands are kept.', NOT_YET),
  words(
    'latency-tracking-info-percentiles',
    '50 99 99.9',
    parsePercentiles,
    'Percentiles that INFO latencystats shows.',
    NOT_YET,
  ),
  integer(
    'tracking-table-max-keys',
    1000000,
    0,
    INTEGER_MAX,
    'Keys remembered for client-side caching.',
    NOT_YET,
  ),
  integer('acllog-max-len', 128, 0, INTEGER_MAX, 'Entries that ACL LOG keeps.', NOT_YET),
  choice(
    'acl-pubsub-default',
    ['allchannels', 'resetchannels'],
    'resetchannels',
    'Channels a new user may use.',
    NOT_YET,
  ),
  text('aclfile', '', 'File of users; none can be read yet.', {
    immutable: true,
    effect: 'not-yet',
    check: only('', 'Reddis has no ACL files yet; requirepass protects the default user'),
  }),
  words('replicaof', '', parseReplicaOf, 'Primary to replicate; a replica is not to be had yet.', {
    immutable: true,
    aliases: ['slaveof'],
    effect: 'not-yet',
  }),
];

const MEMORY: readonly Directive[] = [
  memory(
    'maxmemory',
    0,
    0,
    INTEGER_MAX,
    'Bytes of data beyond which keys are evicted or writes refused; 0 no limit.',
  ),
  choice(
    'maxmemory-policy',
    EVICTION_POLICIES,
    'noeviction',
    'Which keys are evicted; LFU policies also count uses (OBJECT FREQ).',
  ),
  integer('maxmemory-samples', 5, 1, 64, 'Keys looked at for each eviction.'),
  integer(
    'maxmemory-eviction-tenacity',
    10,
    0,
    100,
    'How long an eviction may hold up a command.',
    NONE,
  ),
  integer('lfu-log-factor', 10, 0, INT_MAX, 'How slowly the counter of uses grows.'),
  integer('lfu-decay-time', 1, 0, INT_MAX, 'Minutes after which the counter of uses falls by one.'),
  integer('active-expire-effort', 1, 1, 10, 'Expiry here is exact whatever the effort.', NONE),
  flag('lazyfree-lazy-eviction', 'no', 'Large values are always released in slices.', NONE),
  flag('lazyfree-lazy-expire', 'no', 'Large values are always released in slices.', NONE),
  flag('lazyfree-lazy-server-del', 'no', 'Large values are always released in slices.', NONE),
  flag('lazyfree-lazy-user-del', 'no', 'Large values are always released in slices.', NONE),
  flag('lazyfree-lazy-user-flush', 'no', 'Large values are always released in slices.', NONE),
];

const ENCODINGS: readonly Directive[] = [
  integer(
    'hash-max-listpack-entries',
    512,
    0,
    INTEGER_MAX,
    'Most fields of a hash reported as listpack.',
    { aliases: ['hash-max-ziplist-entries'] },
  ),
  memory('hash-max-listpack-value', 64, 0, INTEGER_MAX, 'Longest field or value of such a hash.', {
    aliases: ['hash-max-ziplist-value'],
  }),
  integer(
    'list-max-listpack-size',
    -2,
    INT_MIN,
    INT_MAX,
    'Size of a list node: elements, or -1 to -5 for 4 to 64 KiB.',
    { aliases: ['list-max-ziplist-size'] },
  ),
  integer(
    'list-compress-depth',
    0,
    0,
    INT_MAX,
    'Nodes at each end of a list that stay uncompressed; none are compressed here.',
    NONE,
  ),
  integer(
    'set-max-intset-entries',
    512,
    0,
    INTEGER_MAX,
    'Most members of a set reported as intset.',
  ),
  integer(
    'set-max-listpack-entries',
    128,
    0,
    INTEGER_MAX,
    'Most members of a set reported as listpack.',
  ),
  integer('set-max-listpack-value', 64, 0, INTEGER_MAX, 'Longest member of such a set.'),
  integer(
    'zset-max-listpack-entries',
    128,
    0,
    INTEGER_MAX,
    'Most members of a sorted set reported as listpack.',
    { aliases: ['zset-max-ziplist-entries'] },
  ),
  memory('zset-max-listpack-value', 64, 0, INTEGER_MAX, 'Longest member of such a sorted set.', {
    aliases: ['zset-max-ziplist-value'],
  }),
  memory(
    'stream-node-max-bytes',
    4 * KIB,
    0,
    INTEGER_MAX,
    'Most bytes of one node of a stream.',
    NOT_YET,
  ),
  integer(
    'stream-node-max-entries',
    100,
    0,
    INTEGER_MAX,
    'Most entries of one node of a stream.',
    NOT_YET,
  ),
  memory(
    'hll-sparse-max-bytes',
    3000,
    0,
    INTEGER_MAX,
    'Size up to which a HyperLogLog stays sparse.',
    NOT_YET,
  ),
];

export const SERVER_DIRECTIVES: readonly Directive[] = [
  ...NETWORK,
  ...LOG,
  ...SERVER,
  ...MEMORY,
  ...ENCODINGS,
];
