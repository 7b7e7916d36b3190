#!/usr/bin/env node
// The daemon's command line: arguments and signals in, exit code out. Everything it does is in the
// files beside it. Exit codes: 0 after an orderly stop, 1 after any failure.

import { systemClock } from '../engine/index.js';
import { type LoadedConfig, loadConfig } from './conf-source.js';
import { Daemon } from './daemon.js';
import { checkHealth } from './healthcheck.js';
import { LogLines } from './log-lines.js';
import { type DaemonOptions, parseOptions, UsageError } from './options.js';
import { handleSignals } from './signals.js';
import { describeStartFailure } from './start-failure.js';
import { USAGE, VERSION_LINE } from './usage.js';

const LOOPBACK = '127.0.0.1';

function fail(message: string): void {
  process.stderr.write(`reddis: ${message}\n`);
  process.exit(1);
}

async function healthcheck({ config }: LoadedConfig): Promise<void> {
  const password = process.env.REDISCLI_AUTH ?? config.text('requirepass');
  const [first = LOOPBACK] = config.text('bind').split(' ');
  const host = /^-?(\*|::\*)?$/.test(first) ? LOOPBACK : first.replace(/^-/, '');
  const problem = await checkHealth({ host, port: config.number('port'), password });
  if (problem !== null) fail(`not healthy: ${problem}`);
}

async function run(loaded: LoadedConfig): Promise<void> {
  const { config } = loaded;
  const logs = new LogLines(systemClock, process.pid, process.stdout);
  logs.threshold = config.text('loglevel');
  logs.file = config.path('logfile');
  try {
    logs.checkFile();
  } catch (error) {
    throw new UsageError(`cannot write the logfile: ${String(error)}`);
  }
  const isOnTerminal = process.stdout.isTTY && logs.file === '';
  const daemon = new Daemon({
    loaded,
    logs,
    clock: systemClock,
    exit: (code) => process.exit(code),
    draw: isOnTerminal ? (text) => process.stdout.write(text) : null,
    announcePort: (port) => process.stdout.write(`port ${port}\n`),
  });
  process.on('uncaughtException', (error) => void daemon.crash(error));
  handleSignals(process, {
    stop: (signal) => void daemon.stop(`Received ${signal}, scheduling shutdown...`),
    abort: () => {
      logs.write('warning', 'You insist... exiting now.');
      process.exit(1);
    },
  });
  try {
    await daemon.start();
  } catch (error) {
    const reason = describeStartFailure(error, daemon.dir);
    if (logs.file !== '') logs.write('warning', reason);
    fail(reason);
  }
}

async function main(): Promise<void> {
  // A reader of our output that has gone away is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  try {
    const options: DaemonOptions = parseOptions(process.argv.slice(2));
    if (options.mode === 'help') process.stdout.write(USAGE);
    else if (options.mode === 'version') process.stdout.write(VERSION_LINE);
    else if (options.mode === 'healthcheck') await healthcheck(loadConfig(options));
    else await run(loadConfig(options));
  } catch (error) {
    fail(describeStartFailure(error, ''));
  }
}

await main();
