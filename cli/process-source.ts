// What INFO says of the process the daemon is. Nothing is cached: each call asks the system.

import { arch, release, totalmem, type } from 'node:os';
import type { ProcessSource } from '../engine/index.js';

const MICROSECONDS = 1e6;

/**
 * @param tcpPort the port really listened on; null for none
 * @param configFile absolute path, or null
 */
export function processSource(tcpPort: number | null, configFile: string | null): ProcessSource {
  return {
    pid: process.pid,
    executable: process.argv[1],
    configFile,
    os: `${type()} ${release()} ${arch()}`,
    nodeVersion: process.version,
    totalMemoryBytes: totalmem(),
    tcpPort,
    residentBytes: () => process.memoryUsage.rss(),
    heapBytes: () => process.memoryUsage().heapUsed,
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return { userSeconds: user / MICROSECONDS, systemSeconds: system / MICROSECONDS };
    },
  };
}
