// Which Redis this server is compatible with, as clients ask for it.

/** The version whose commands and replies are served; clients choose features by it. */
export const REDIS_VERSION = '7.2.5';
/** Name in HELLO's reply; clients compare it. */
export const SERVER_NAME = 'redis';
/** What waits for sockets: Node's event loop. */
export const EVENT_LOOP = 'libuv';
