// The large collections of a snapshot as commands, batch by batch, without building them.
// Invariant: of a collection whose elements have not ended only its key is kept.

import { TYPE_LIST } from '../keyspace/encodings.js';
import type { ElementCommands } from './element-commands.js';
import { LargeReader } from './large-reader.js';
import { FORM_LARGE, FORM_OF_KIND } from './snapshot-format.js';

const TYPE_MASK = 15;

interface OpenKey {
  readonly dbIndex: number;
  readonly key: Buffer;
  readonly type: number;
  readonly deadlineMs: number;
}

export class LargeCommands {
  private readonly reader = new LargeReader();
  private readonly commands: ElementCommands;
  private readonly open = new Map<number, OpenKey>();
  private hasGap = false;

  constructor(commands: ElementCommands) {
    this.commands = commands;
  }

  /** A salvage left records out: elements may come without their key. */
  noteGap(): void {
    this.hasGap = true;
  }

  /** Takes one frame. @returns null, or in words what is wrong with it */
  take(bytes: Buffer, from: number, to: number): string | null {
    const { reader } = this;
    reader.begin(bytes, from, to);
    let problem: string | null = null;
    while (problem === null && !reader.isAtEnd) {
      problem = reader.nextEntry();
      if (problem === null) problem = reader.isHead ? this.begin() : this.putElements();
    }
    reader.clear();
    return problem;
  }

  private begin(): string | null {
    const { dbIndex, kind, key, number, deadlineMs } = this.reader;
    if (FORM_OF_KIND[kind] !== FORM_LARGE) return `a large value has the kind ${kind}`;
    this.open.set(number, { dbIndex, key: key.copy(), type: kind & TYPE_MASK, deadlineMs });
    return null;
  }

  private putElements(): string | null {
    const { reader, commands } = this;
    const { number, isLast } = reader;
    const target = this.open.get(number);
    if (target === undefined && this.hasGap) return reader.skipRest();
    if (target === undefined) return `there are elements of the large value ${number}, but no key`;
    commands.begin(target.dbIndex, target.key, target.type);
    const problem = target.type === TYPE_LIST ? this.addRun() : this.addMembers(target.type);
    commands.flush();
    if (problem !== null || !isLast) return problem;
    commands.end(target.deadlineMs);
    this.open.delete(number);
    return null;
  }

  private addRun(): string | null {
    const { reader, commands } = this;
    const problem = reader.readRun();
    if (problem !== null) return problem;
    while (reader.nextOfRun()) commands.add(reader.element, reader.value, 0, -1);
    return null;
  }

  private addMembers(type: number): string | null {
    const { reader, commands } = this;
    while (reader.elementsLeft > 0) {
      const problem = reader.nextElement(type);
      if (problem !== null) return problem;
      commands.add(reader.element, reader.value, reader.score, reader.elementDeadlineMs);
    }
    return null;
  }
}
