// What the listener counts, as plain numbers for INFO. Invariant: counters only grow until
// CONFIG RESETSTAT; the gauges (`connectedClients`, `blockedClients`) are never reset.

export class ListenerStatistics {
  connectedClients = 0;
  /** Clients that wait inside a command, or before one that was postponed. */
  blockedClients = 0;
  connectionsReceived = 0;
  connectionsRejected = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  protocolErrors = 0;
  queryLimitDisconnections = 0;
  outputLimitDisconnections = 0;
  /** Largest buffers of one client, as housekeeping last saw them. */
  recentMaxInputBufferBytes = 0;
  recentMaxOutputBufferBytes = 0;

  /** CONFIG RESETSTAT */
  reset(): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.netInputBytes = 0;
    this.netOutputBytes = 0;
    this.protocolErrors = 0;
    this.queryLimitDisconnections = 0;
    this.outputLimitDisconnections = 0;
  }
}
