// The line that CLIENT LIST and CLIENT INFO print for a client: Redis 7.2's fields in its order,
// then the totals that Valkey 8 added. Sizes are those of this server's own buffers where Redis's
// have no counterpart here.

import type { Connection } from './connection.js';
import {
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  SESSION_UNIX_SOCKET,
  type SessionDetail,
} from './engine-port.js';
import { fileDescriptor } from './fast-accept.js';

/** What a connection costs besides its buffers: its objects here and in Node, roughly. */
const CONNECTION_BYTES = 4 * 1024;

function endpoint(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '?:0';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** @returns the client's address as `ip:port`, `[ip]:port` or `path:0` */
export function remoteAddress(connection: Connection, unixPath: string): string {
  if ((connection.flags & SESSION_UNIX_SOCKET) !== 0) return `${unixPath}:0`;
  return endpoint(connection.socket.remoteAddress, connection.socket.remotePort);
}

/** @returns the address it connected to, in the same form */
export function localAddress(connection: Connection, unixPath: string): string {
  if ((connection.flags & SESSION_UNIX_SOCKET) !== 0) return `${unixPath}:0`;
  return endpoint(connection.socket.localAddress, connection.socket.localPort);
}

function flagLetters(connection: Connection, detail: SessionDetail): string {
  const { flags } = connection;
  let letters = '';
  if (detail.channels + detail.patterns + detail.shardChannels > 0) letters += 'P';
  if (detail.queuedCommands >= 0) letters += 'x';
  if ((flags & SESSION_BLOCKED) !== 0 || connection.isPostponed) letters += 'b';
  if (detail.isDirty) letters += 'd';
  if ((flags & SESSION_CLOSE_AFTER_REPLY) !== 0) letters += 'c';
  if ((flags & SESSION_UNIX_SOCKET) !== 0) letters += 'U';
  if ((flags & SESSION_NO_EVICT) !== 0) letters += 'e';
  if ((flags & SESSION_NO_TOUCH) !== 0) letters += 'T';
  return letters === '' ? 'N' : letters;
}

/**
 * @param nowMs unix ms
 * @param unixPath the listener's socket file, for clients that came through it
 * @returns the line, without a line break
 */
export function clientLine(connection: Connection, nowMs: number, unixPath: string): string {
  const detail = connection.host.engine.describeSession(connection);
  const { query, output } = connection;
  const pendingBytes = output.pendingBytes;
  const parserBytes = connection.parser === null ? 0 : connection.parser.args.at.length * 8;
  const totalBytes =
    CONNECTION_BYTES + query.bytes.length + pendingBytes + parserBytes + detail.queuedBytes;
  const fields = [
    `id=${connection.id}`,
    `addr=${remoteAddress(connection, unixPath)}`,
    `laddr=${localAddress(connection, unixPath)}`,
    `fd=${fileDescriptor(connection.socket)}`,
    `name=${connection.name}`,
    `age=${Math.max(0, Math.floor((nowMs - connection.createdAtMs) / 1000))}`,
    `idle=${Math.max(0, Math.floor((nowMs - connection.lastActiveMs) / 1000))}`,
    `flags=${flagLetters(connection, detail)}`,
    `db=${connection.dbIndex}`,
    `sub=${detail.channels}`,
    `psub=${detail.patterns}`,
    `ssub=${detail.shardChannels}`,
    `multi=${detail.queuedCommands}`,
    `watch=${detail.watchedKeys}`,
    `qbuf=${query.length}`,
    `qbuf-free=${Math.max(0, query.bytes.length - query.length)}`,
    `argv-mem=${parserBytes}`,
    `multi-mem=${detail.queuedBytes}`,
    'rbs=0',
    `rbp=${output.peakBytes}`,
    'obl=0',
    `oll=${output.chainLength}`,
    `omem=${pendingBytes}`,
    `tot-mem=${totalBytes}`,
    `events=${connection.isReadingPaused ? '' : 'r'}${output.isSlow ? 'w' : ''}`,
    `cmd=${connection.lastCommand === null ? 'NULL' : connection.lastCommand.fullName}`,
    `user=${connection.user}`,
    'redir=-1',
    `resp=${connection.resp}`,
    `lib-name=${connection.libName}`,
    `lib-ver=${connection.libVersion}`,
    `tot-net-in=${connection.inputBytes}`,
    `tot-net-out=${connection.outputBytes}`,
    `tot-cmds=${connection.commandsProcessed}`,
  ];
  return fields.join(' ');
}
