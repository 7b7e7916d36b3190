// Tells systemd how the daemon is doing. sd_notify wants a Unix datagram, which Node does not
// have, so systemd's own `systemd-notify` sends it. Invariant: a missing tool is a warning, never
// a reason not to start.

import { spawn } from 'node:child_process';

/**
 * @param state a state of sd_notify: `READY=1`, `STOPPING=1`, `STATUS=...`
 * @param failed told why it could not be sent
 */
export function notifyServiceManager(state: string, failed: (reason: string) => void): void {
  const child = spawn('systemd-notify', [state], { stdio: 'ignore' });
  child.once('error', (error) => failed(error.message));
  child.once('exit', (code) => {
    if (code !== 0) failed(`systemd-notify ended with ${code}`);
  });
  child.unref();
}
