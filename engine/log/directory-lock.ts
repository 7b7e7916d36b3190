// Only one process may write a data directory. Three signs of an owner, strongest first:
//   1. Linux: an abstract socket named after the directory's device and inode. Binding it is
//      atomic and the kernel frees it however the process ends.
//   2. A socket file LOCK.sock in the directory: seen across network namespaces of one machine;
//      it answers while its owner lives.
//   3. A LOCK file that says who, with a beat that grows: for an owner on another machine, whose
//      sockets cannot be reached. It counts as gone when the beat stands still.
// Invariants: a stale lock of a killed process never needs a human; an owner that was taken for
// dead finds another nonce in LOCK than its own, and never removes the file of its successor.

import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../util/clock.js';
import { errorCode, type FileSystem, replaceFile } from '../util/fs.js';
import { LogError } from './errors.js';
import { LOCK_NAME, LOCK_SOCKET_NAME } from './file-names.js';

/** An owner on another machine is taken for dead when its beat stood still this long. */
const FOREIGN_STALE_MS = 15_000;
const FOREIGN_POLL_MS = 500;
const BEAT_EVERY_MS = 2000;
/** The longest path a Unix socket can have. */
const SOCKET_PATH_MAX_BYTES = 100;
const BEAT_DIGITS = 12;

/** Who asks for the lock; the caller knows, the log layer does not look. */
export interface LockOwner {
  pid: number;
  host: string;
  /** Tells machines and their restarts apart; '' when unknown. */
  bootId: string;
  /** Whether abstract sockets exist here: Linux. */
  hasAbstractSockets: boolean;
}

interface LockFile {
  pid: string;
  host: string;
  bootId: string;
  beat: string;
}

export class DirectoryLock {
  private readonly fs: FileSystem;
  private readonly dir: string;
  private readonly owner: LockOwner;
  private readonly clock: Clock;
  /** What LOCK says but for the beat: no other owner's file begins with it. */
  private readonly head: string;
  private servers: Server[] = [];
  private fd = -1;
  private beatAt = 0;
  private beat = 0;
  private beatMs = 0;
  private isBeating = false;

  private constructor(fs: FileSystem, dir: string, owner: LockOwner, clock: Clock, nonce: string) {
    this.fs = fs;
    this.dir = dir;
    this.owner = owner;
    this.clock = clock;
    const { pid, host, bootId } = owner;
    this.head = `pid ${pid}\nhost ${host}\nboot ${bootId}\nnonce ${nonce}\nbeat `;
  }

  /**
   * Takes the lock of a directory, waiting only where a lock of another machine may be stale.
   * @param nonce random text that no other owner has
   * @throws LogError LOCKED when a living process has it
   */
  static async take(
    fs: FileSystem,
    dir: string,
    owner: LockOwner,
    clock: Clock,
    nonce: string,
  ): Promise<DirectoryLock> {
    const lock = new DirectoryLock(fs, dir, owner, clock, nonce);
    try {
      if (owner.hasAbstractSockets) await lock.bindAbstract();
      await lock.bindSocketFile();
      await lock.writeLockFile();
    } catch (error) {
      await lock.closeServers();
      throw error;
    }
    return lock;
  }

  /** Shows other machines that this owner lives; call it about every second. */
  tick(): void {
    const now = this.clock.monotonicMs();
    if (this.fd < 0 || this.isBeating || now - this.beatMs < BEAT_EVERY_MS) return;
    this.beatMs = now;
    this.isBeating = true;
    const bytes = Buffer.from(beatText(++this.beat), 'latin1');
    this.fs.write(this.fd, bytes, 0, bytes.length, this.beatAt, () => {
      // A beat that fails is only a missing sign to other machines; the log itself will say more.
      this.isBeating = false;
    });
  }

  async release(): Promise<void> {
    if (this.fd >= 0) {
      const { fd } = this;
      this.fd = -1;
      await this.fs.close(fd);
      if ((await this.findHolder()) === 'self') await this.fs.unlink(join(this.dir, LOCK_NAME));
    }
    await this.closeServers();
  }

  /**
   * Looks whose LOCK file it is.
   * @returns this owner's, nobody's (it was removed), or the error that says whose
   */
  async findHolder(): Promise<'self' | 'nobody' | LogError> {
    const path = join(this.dir, LOCK_NAME);
    if ((await this.fs.stat(path)) === null) return 'nobody';
    const text = (await this.fs.readFile(path)).toString('utf8');
    return text.startsWith(this.head) ? 'self' : lockedError(this.dir, parseLockFile(text));
  }

  /** Puts a LOCK file that was removed back in place. */
  async restore(): Promise<void> {
    const { fd } = this;
    await this.writeLockFile();
    if (fd >= 0) await this.fs.close(fd);
  }

  private async bindAbstract(): Promise<void> {
    const stat = await this.fs.stat(this.dir);
    if (stat === null) throw new LogError('UNUSABLE', `${this.dir} does not exist`);
    const name = `\0reddis:${stat.device}:${stat.inode}`;
    if (!(await this.bind(name))) throw await this.locked();
  }

  private async bindSocketFile(): Promise<void> {
    const path = join(this.dir, LOCK_SOCKET_NAME);
    const isUsable = Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES;
    const isThere = isUsable && (await this.fs.stat(path)) !== null;
    if (isThere && (await answers(path))) throw await this.locked();
    await this.waitForForeignOwner(isUsable);
    if (!isUsable) return;
    if (isThere) await this.fs.unlink(path);
    if (!(await this.bind(path))) throw await this.locked();
  }

  /** @returns whether the name was free */
  private bind(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => socket.destroy());
      server.once('error', (error) => {
        const code = errorCode(error);
        if (code === 'EADDRINUSE') resolve(false);
        // File systems without sockets (some network and shared ones) leave the LOCK file.
        else if (code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'EPERM') resolve(true);
        else reject(error);
      });
      server.listen({ path: name }, () => {
        server.unref();
        this.servers.push(server);
        resolve(true);
      });
    });
  }

  /** Returns once no living process on another machine can have the lock. */
  private async waitForForeignOwner(hasSocketFile: boolean): Promise<void> {
    const first = await this.readLockFile();
    if (first === null || this.isOnThisMachine(first, hasSocketFile)) return;
    for (let waitedMs = 0; waitedMs < FOREIGN_STALE_MS; waitedMs += FOREIGN_POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, FOREIGN_POLL_MS));
      const now = await this.readLockFile();
      if (now === null) return;
      if (now.beat !== first.beat) throw await this.locked();
    }
  }

  /** Whether a living owner would have shown by a socket: then the lock is stale. */
  private isOnThisMachine(file: LockFile, hasSocketFile: boolean): boolean {
    const { owner } = this;
    if (owner.bootId !== '' && file.bootId === owner.bootId) {
      return hasSocketFile || owner.hasAbstractSockets;
    }
    // Same name, another boot: this machine was restarted.
    return file.host === owner.host;
  }

  private async writeLockFile(): Promise<void> {
    const { head } = this;
    const path = join(this.dir, LOCK_NAME);
    const bytes = Buffer.from(`${head}${beatText(0)}`, 'utf8');
    await replaceFile(this.fs, path, `${path}.tmp`, bytes);
    this.beatAt = Buffer.byteLength(head);
    this.beatMs = this.clock.monotonicMs();
    this.fd = await this.fs.open(path, 'update');
  }

  private async readLockFile(): Promise<LockFile | null> {
    return readLockFile(this.fs, this.dir);
  }

  private async locked(): Promise<LogError> {
    return lockedError(this.dir, await this.readLockFile());
  }

  private async closeServers(): Promise<void> {
    const servers = this.servers;
    this.servers = [];
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  }
}

function beatText(beat: number): string {
  return `${String(beat).padStart(BEAT_DIGITS, '0')}\n`;
}

async function readLockFile(fs: FileSystem, dir: string): Promise<LockFile | null> {
  const path = join(dir, LOCK_NAME);
  if ((await fs.stat(path)) === null) return null;
  return parseLockFile((await fs.readFile(path)).toString('utf8'));
}

function parseLockFile(text: string): LockFile {
  const field = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  return { pid: field('pid'), host: field('host'), bootId: field('boot'), beat: field('beat') };
}

function lockedError(dir: string, file: LockFile | null): LogError {
  const who = file === null ? 'another process' : `process ${file.pid} on ${file.host}`;
  return new LogError(
    'LOCKED',
    `${dir} is in use by ${who}`,
    'stop that process, or give this one another --dir',
  );
}

/** @returns whether somebody listens on a socket file */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * For tools that only read: is a living server writing this directory?
 * @returns the error to show, or null
 */
export async function lockHolder(fs: FileSystem, dir: string): Promise<LogError | null> {
  const path = join(dir, LOCK_SOCKET_NAME);
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES || !(await answers(path))) return null;
  return lockedError(dir, await readLockFile(fs, dir));
}
