// Random calls of the server commands. What saves, reloads or stops is a scenario.

import { anyKey } from './any-key.js';
import {
  exact,
  inAnyOrder,
  sameCommandInfo,
  sameDocsFacts,
  sameFieldNames,
  sameItemTypes,
  sameType,
} from './comparison.js';
import { type CallMaker, call } from './step.js';

/** Commands of which COMMAND tells the same in both; names only where both have them. */
const DESCRIBED =
  'get set getex mget mset msetnx setnx setex psetex append strlen setrange getrange substr incr ' +
  'decr incrby decrby incrbyfloat lcs getset getdel del unlink exists type keys scan randomkey ' +
  'rename renamenx copy move touch dbsize expire pexpire expireat pexpireat ttl pttl expiretime ' +
  'pexpiretime persist object dump restore flushdb flushall swapdb ping echo quit reset hello ' +
  'auth select client info command config time save bgsave bgrewriteaof lastsave shutdown wait ' +
  'memory debug lolwut module lpush rpush lpushx rpushx lpop rpop llen lindex linsert lset lrem ' +
  'ltrim lrange lpos lmove rpoplpush lmpop blpop brpop blmove brpoplpush blmpop sadd srem ' +
  'sismember smismember scard smembers spop srandmember smove sinter sinterstore sintercard ' +
  'sunion sunionstore sdiff sdiffstore sscan hset hsetnx hmset hget hmget hgetall hdel hexists ' +
  'hlen hstrlen hkeys hvals hincrby hincrbyfloat hrandfield hscan zadd zincrby zrem zcard ' +
  'zscore zmscore zrank zrevrank zcount zlexcount zrange zrangestore zrangebyscore ' +
  'zrevrangebyscore zrangebylex zrevrangebylex zrevrange zremrangebyrank zremrangebyscore ' +
  'zremrangebylex zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop zunion zinter zdiff ' +
  'zunionstore zinterstore zdiffstore zintercard zrandmember zscan sort sort_ro multi exec ' +
  'discard watch unwatch';
const SUBCOMMANDS =
  'client|id client|list client|kill client|reply config|get config|set object|encoding ' +
  'object|freq memory|usage command|docs command|getkeys client|no-evict nosuch|sub get|x nosuch';
const CONFIG_NAMES =
  'maxmemory maxmemory-policy appendfsync timeout tcp-keepalive databases maxclients ' +
  'lfu-log-factor lfu-decay-time proto-max-bulk-len client-query-buffer-limit ' +
  'hash-max-listpack-entries set-max-intset-entries zset-max-ziplist-entries ' +
  'list-max-listpack-size slowlog-log-slower-than notify-keyspace-events ' +
  'lazyfree-lazy-user-del hz no-such-directive hash-max-* lfu-*';
const CONFIG_SETTINGS: readonly (readonly [string, string])[] = [
  ['maxmemory-policy', 'noeviction'],
  ['maxmemory-policy', 'nosuch'],
  ['timeout', '0'],
  ['timeout', '-1'],
  ['timeout', 'abc'],
  ['lfu-log-factor', '10'],
  ['lfu-decay-time', '99999999999'],
  ['maxmemory', 'abc'],
  ['maxmemory', '0'],
  ['maxmemory', '-1'],
  ['list-compress-depth', '0'],
  ['list-max-ziplist-size', 'abc'],
  ['list-max-listpack-size', '1.5'],
  ['hash-max-listpack-entries', '-1'],
  ['hash-max-ziplist-entries', 'abc'],
  ['set-max-intset-entries', '-5'],
  ['appendfsync', 'sometimes'],
  ['lazyfree-lazy-user-del', 'maybe'],
  ['lazyfree-lazy-user-del', 'no'],
  ['databases', '5'],
  ['no-such-directive', '1'],
  ['hz', '10'],
];
const GETKEYS_CALLS: readonly string[] = [
  'GET a',
  'SET a b EX 10',
  'SET a b GET',
  'MSET a 1 b 2 c 3',
  'MSETNX a 1 b 2',
  'MGET a b c',
  'DEL x y z',
  'COPY a b DB 1',
  'RENAME a b',
  'LCS a b LEN',
  'OBJECT ENCODING a',
  'MEMORY USAGE a',
  'RESTORE a 0 x',
  'PING',
  'NOSUCH a',
  'GET',
  'SCAN 0',
  'EXPIRE a 10',
  'RPUSH a 1 2',
  'LMOVE a b LEFT LEFT',
  'RPOPLPUSH a b',
  'LMPOP 2 a b LEFT COUNT 2',
  'LMPOP 3 a b LEFT',
  'LMPOP x a b LEFT',
  'BLPOP a b c 0',
  'BLMPOP 0 2 a b LEFT',
  'BLMPOP 0 0 a LEFT',
  'BLMOVE a b LEFT LEFT 0',
  'BRPOPLPUSH a b 0',
  'SMOVE a b 1',
  'SINTER a b c',
  'SUNIONSTORE a b c',
  'SINTERCARD 2 a b LIMIT 1',
  'SINTERCARD -1 a b',
  'SPOP a 2',
  'HSET a f 1',
  'ZADD a NX 1 m',
  'ZRANGESTORE a b 0 -1',
  'ZUNION 2 a b WITHSCORES',
  'ZUNION 5 a b',
  'ZDIFFSTORE d 2 a b',
  'ZINTERSTORE d 1 a WEIGHTS 2',
  'ZINTERCARD 2 a b',
  'ZMPOP 1 a MIN',
  'BZMPOP 0 2 a b MAX',
  'BZPOPMIN a b 0',
  'SORT a BY x GET y STORE b',
  'SORT a STORE b LIMIT 0 1 STORE c',
  'SORT_RO a ALPHA',
  'WATCH a b',
  'MULTI',
];
const INFO_SECTIONS = 'server clients memory persistence stats replication cpu errorstats keyspace';

function serverCall(weight: number, words: Parameters<typeof call>[1], compare = exact): CallMaker {
  return { ...call(weight, words, compare), mayBeBroken: false };
}

export const serverCalls: readonly CallMaker[] = [
  serverCall(2, (s) => ['INFO', s.keyword(INFO_SECTIONS)], sameFieldNames(':')),
  serverCall(1, () => ['INFO'], sameFieldNames(':')),
  serverCall(1, () => ['INFO', 'nosuchsection']),
  serverCall(1, () => ['COMMAND', 'COUNT'], sameType),
  serverCall(1, (s) => ['COMMAND', 'INFO', s.word(DESCRIBED)], sameCommandInfo),
  serverCall(1, (s) => ['COMMAND', 'INFO', s.word(SUBCOMMANDS)], sameCommandInfo),
  serverCall(1, (s) => ['COMMAND', 'DOCS', s.word(DESCRIBED)], sameDocsFacts),
  serverCall(1, (s) => ['COMMAND', 'DOCS', s.word(SUBCOMMANDS)], sameDocsFacts),
  serverCall(1, (s) => ['COMMAND', 'LIST', 'FILTERBY', 'PATTERN', s.word(DESCRIBED)], inAnyOrder),
  serverCall(1, () => ['COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'nosuch'], inAnyOrder),
  serverCall(1, (s) => ['COMMAND', 'LIST', 'FILTERBY', s.word('NOSUCH ACLCAT'), 'nosuch']),
  serverCall(2, (s) => ['COMMAND', 'GETKEYS', ...s.pick(GETKEYS_CALLS).split(' ')]),
  serverCall(2, (s) => ['COMMAND', 'GETKEYSANDFLAGS', ...s.pick(GETKEYS_CALLS).split(' ')]),
  serverCall(1, (s) => ['COMMAND', s.word('NOSUCH GETKEYS'), ...s.some(1, [() => ['x']])]),
  serverCall(2, (s) => ['CONFIG', 'GET', s.word(CONFIG_NAMES)], inAnyOrder),
  serverCall(1, (s) => ['CONFIG', 'GET', s.word(CONFIG_NAMES), s.word(CONFIG_NAMES)], inAnyOrder),
  serverCall(2, (s) => ['CONFIG', 'SET', ...s.pick(CONFIG_SETTINGS)]),
  serverCall(1, (s) => ['CONFIG', 'SET', ...s.pick(CONFIG_SETTINGS), ...s.pick(CONFIG_SETTINGS)]),
  serverCall(1, (s) => ['CONFIG', s.word('RESETSTAT REWRITE NOSUCH GET SET')]),
  serverCall(1, () => ['TIME'], sameItemTypes),
  serverCall(1, () => ['LASTSAVE'], sameType),
  serverCall(1, (s) => ['MEMORY', 'USAGE', anyKey(s)], sameType),
  serverCall(1, (s) => ['MEMORY', 'USAGE', anyKey(s), 'SAMPLES', s.word('0 5 -1 abc')], sameType),
  serverCall(1, (s) => ['MEMORY', s.word('NOSUCH USAGE')]),
  serverCall(2, (s) => ['DEBUG', 'DIGEST-VALUE', ...s.keys(3)]),
  serverCall(1, () => ['DEBUG', 'DIGEST']),
  serverCall(1, (s) => ['DEBUG', 'OBJECT', anyKey(s)], sameType),
  serverCall(1, (s) => ['DEBUG', 'SET-ACTIVE-EXPIRE', s.word('0 1')]),
  serverCall(1, (s) => ['DEBUG', 'SLEEP', s.word('0 0.001')]),
  serverCall(1, () => ['DEBUG', 'STRINGMATCH-LEN', '100', 'a'], exact),
  serverCall(
    2,
    (s) => [
      'DEBUG',
      'PROTOCOL',
      s.word('string integer double null array set map attrib verbatim true false bignum x'),
    ],
    exact,
  ),
  serverCall(1, () => ['DEBUG', 'NOSUCH']),
  serverCall(1, (s) => ['WAIT', s.word('0 -1 abc'), s.word('0 1 -1 abc')]),
  serverCall(1, () => ['WAIT', '1', '1']),
  serverCall(1, (s) => ['WAITAOF', s.word('0 1 2'), s.word('0 1'), s.word('-1 abc')]),
  serverCall(1, (s) => ['LOLWUT', ...s.some(1, [() => ['VERSION', s.word('5 6 999')]])], sameType),
  serverCall(1, () => ['MODULE', 'LIST']),
  serverCall(1, () => ['ACL', 'WHOAMI']),
  serverCall(1, () => ['ROLE']),
  serverCall(1, (s) => ['REPLICAOF', ...s.pick(['no one', 'h x', 'h 65536', 'h -1']).split(' ')]),
  serverCall(1, (s) => ['FUNCTION', 'FLUSH', ...s.some(1, [() => [s.word('SYNC ASYNC X')]])]),
  serverCall(1, (s) => ['SHUTDOWN', s.word('ABORT NOSUCH'), ...s.some(1, [() => ['NOSUCH']])]),
];
