// ioredis 5, which most of the installed base has; it speaks RESP2 only.

import { Redis } from 'ioredis-5';
import { ioredisCollectionSessions } from './ioredis-collection-sessions.js';
import { ioredisSessions } from './ioredis-sessions.js';

ioredisSessions('ioredis 5', (options) => new Redis(options));
ioredisCollectionSessions('ioredis 5', (options) => new Redis(options));
