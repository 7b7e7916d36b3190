// What `--help` and `--version` of both programs print. Every line of a help is something that
// works.

import { VERSION } from '../engine/index.js';

export const USAGE = `Usage: reddis [CONFIG-FILE | -] [--DIRECTIVE VALUE ...] ...

Starts a Redis-compatible server that keeps its data in an append-only log.

  CONFIG-FILE             a redis.conf; - reads one from standard input
  --dir PATH              where the log is kept (default ./data)
  --port N                TCP port (default 5000); 0 picks a free one and prints it
  --bind ADDRESS ...      addresses to listen on (default: loopback only)
  --listenAddress ADDR    ":6379" for every address, or "host:6379"
  --requirepass SECRET    password of the default user
  --appendfsync POLICY    always, everysec (default) or no
  --NAME VALUE ...        any other directive; reddis.conf's and redis.conf's names
  --healthcheck           asks the server of this configuration: exit code 0 means PONG
  -v, --version           prints the version
  -h, --help              prints this

Examples:
  reddis --dir ./data --port 6379
  reddis /etc/reddis.conf --loglevel verbose
  echo 'appendfsync always' | reddis -
  redis-cli -p 5000 SET greeting hello

A damaged log is checked and repaired with reddis-check-aof.
`;

export const VERSION_LINE = `Reddis server v=${VERSION} node=${process.version}\n`;

export const CHECK_AOF_USAGE = `Usage: reddis-check-aof [FLAGS] PATH

Checks and repairs what Reddis keeps. PATH is a data directory that no server uses, or one of its
files. Without flags it is only read and judged.

  --fix                cuts a torn end, after putting the bytes aside; asks first
  --yes                does not ask
  --salvage --out DIR  puts every intact entry into a new directory, and says what is lost
  --restore-to POINT --out DIR
                       puts an earlier state into a new directory; POINT is seq:N, time:T
                       (2026-11-22T14:05:00Z or unix milliseconds) or latest
  --shift-ttl          with --restore-to: keys that expire live on for as long as they had left
                       at that point; without it what has expired since is gone
  --rebuild-manifest   writes a new MANIFEST from the files themselves
  --dump               prints every command with its number and time
  --export-resp        prints the commands as RESP, for redis-cli --pipe
  --json               prints the report as JSON; --dump as one object per line
  -v, --version        prints the version
  -h, --help           prints this

Exit codes: 0 sound or done, 1 torn end, 2 corruption, 3 unusable, 4 in use by a server.
`;
