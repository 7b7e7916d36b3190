// The connected clients, for CLIENT LIST, KILL and PAUSE. Invariant: a connection is in here from
// its acceptance until it is closed; the order is that of their ids.

import { clientLine, localAddress, remoteAddress } from './client-line.js';
import type { Connection } from './connection.js';
import type { ClientFilter, ClientsPort, EnginePort, Session } from './engine-port.js';

export class Clients implements ClientsPort {
  /** Path of the unix socket; its clients have it as address. */
  unixPath = '';
  private readonly byId = new Map<number, Connection>();
  private readonly engine: EnginePort;

  constructor(engine: EnginePort) {
    this.engine = engine;
  }

  get count(): number {
    return this.byId.size;
  }

  add(connection: Connection): void {
    this.byId.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.byId.delete(connection.id);
  }

  all(): Iterable<Connection> {
    return this.byId.values();
  }

  describe(session: Session): string {
    const connection = this.byId.get(session.id);
    return connection === undefined ? '' : this.line(connection);
  }

  list(filter: ClientFilter): readonly Connection[] {
    const matching: Connection[] = [];
    if (filter.ids === undefined) {
      for (const connection of this.byId.values()) {
        if (this.matches(connection, filter)) matching.push(connection);
      }
      return matching;
    }
    for (const id of filter.ids) {
      const connection = this.byId.get(id);
      if (connection !== undefined && this.matches(connection, filter)) matching.push(connection);
    }
    return matching;
  }

  kill(filter: ClientFilter, caller: Session): number {
    const victims = this.list(filter);
    for (const connection of victims) connection.close(connection === caller);
    return victims.length;
  }

  pause(until: number, onlyWrites: boolean): void {
    this.engine.pause(until, onlyWrites);
  }

  unpause(): void {
    this.engine.unpause();
  }

  private line(connection: Connection): string {
    return clientLine(connection, this.engine.clock.now(), this.unixPath);
  }

  private matches(connection: Connection, filter: ClientFilter): boolean {
    if (connection === filter.isNot) return false;
    if (filter.type !== undefined && connection.clientType !== filter.type) return false;
    if (filter.user !== undefined && connection.user !== filter.user) return false;
    if (filter.maxAgeSeconds !== undefined) {
      const ageMs = this.engine.clock.now() - connection.createdAtMs;
      if (ageMs < filter.maxAgeSeconds * 1000) return false;
    }
    if (
      filter.address !== undefined &&
      remoteAddress(connection, this.unixPath) !== filter.address
    ) {
      return false;
    }
    return (
      filter.localAddress === undefined ||
      localAddress(connection, this.unixPath) === filter.localAddress
    );
  }
}
