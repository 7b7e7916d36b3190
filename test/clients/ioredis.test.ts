// ioredis 6, as its users use it, over both protocols.

import { Redis } from 'ioredis';
import { ioredisSessions } from './ioredis-sessions.js';

ioredisSessions('ioredis 6 over RESP2', (options) => new Redis({ ...options, protocol: 2 }));
ioredisSessions('ioredis 6 over RESP3', (options) => new Redis({ ...options, protocol: 3 }));
