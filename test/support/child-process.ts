// A program under test: its lines, its end, and signals to it and to nothing else. Invariant: it
// does not outlive its test.

import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.js';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Lines kept; older ones are forgotten. */
const LINES_MAX = 10_000;

export class TestProcess {
  /** Standard output and error, line by line, in the order they came. */
  readonly lines: string[] = [];
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private readonly watchers = new Set<() => void>();
  private hasEnded = false;

  /** Starts a program; what is still running when the test ends is killed. */
  constructor(t: TestContext, program: string, args: readonly string[], cwd?: string) {
    this.child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.readLines(this.child.stdout);
    this.readLines(this.child.stderr);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.hasEnded = true;
        this.wake();
        resolve({ code, signal });
      });
    });
    atEnd(t, () => this.kill('SIGKILL'));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /**
   * Waits for a line.
   * @returns what the pattern found in the first matching line
   * @throws Error with the whole output when the program ends without it
   */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      if (this.hasEnded) throw new Error(`ended without a line ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.watchers.add(resolve));
    }
  }

  /** Sends a signal, if it still runs, and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ProcessEnd> {
    if (!this.hasEnded) this.child.kill(signal);
    return this.ended;
  }

  private readLines(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
      if (this.lines.length > LINES_MAX) this.lines.splice(0, this.lines.length - LINES_MAX);
      this.wake();
    });
    stream?.on('end', () => {
      if (rest !== '') this.lines.push(rest);
    });
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
    this.watchers.clear();
  }
}
