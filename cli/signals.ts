// What signals do to the daemon. Invariant: the first SIGTERM or SIGINT begins an orderly stop,
// whatever the daemon is doing, and a second SIGINT ends the process at once.

export interface SignalActions {
  /** Begins the orderly stop; called once. */
  readonly stop: (signal: string) => void;
  /** Ends the process without another word to the disk. */
  readonly abort: () => void;
}

/** Where signals come from: the process. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Installs the handlers; a container's first process has none of its own. */
export function handleSignals(source: SignalSource, actions: SignalActions): void {
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    actions.stop(signal);
  };
  source.on('SIGTERM', () => stop('SIGTERM'));
  source.on('SIGINT', () => {
    if (isStopping) actions.abort();
    else stop('SIGINT');
  });
  // A closed terminal is no reason to stop; without a handler it would be one.
  source.on('SIGHUP', () => undefined);
}
