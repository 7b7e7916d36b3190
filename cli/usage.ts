// What `reddis --help` and `--version` print. Every line of the help is something that works.

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
