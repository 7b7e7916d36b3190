// ioredis 6, as its users use it, over both protocols.

import { Redis } from 'ioredis';
import { ioredisCollectionSessions } from './ioredis-collection-sessions.js';
import { ioredisSessions } from './ioredis-sessions.js';

for (const protocol of [2, 3] as const) {
  const label = `ioredis 6 over RESP${protocol}`;
  ioredisSessions(label, (options) => new Redis({ ...options, protocol }));
  ioredisCollectionSessions(label, (options) => new Redis({ ...options, protocol }));
}
