// The values of all directives of one engine. Invariant: a value is always valid, and `set`
// changes all that it was given or nothing; a listener that refuses a value undoes the rest.
//
// All text is latin1, one character per byte, as commands carry it; `path` decodes what names a
// file.

import { LOADING } from '../contract/errors.js';
import type { ConfigPort } from '../contract/ports.js';
import { assert } from '../util/assert.js';
import { globMatchText } from '../util/glob.js';
import type { ConfigMistake, DirectiveLine } from './conf-file.js';
import { rewriteConfText } from './conf-rewrite.js';
import type { Directive } from './directive.js';
import {
  DIRECTIVES,
  DIRECTIVES_BY_NAME,
  isForgottenDirective,
  REFUSED_DIRECTIVES,
} from './directives.js';
import { parseValue, type Value } from './value-parser.js';

export type { ConfigMistake } from './conf-file.js';

/** @returns null, or why the new value cannot be had; then everything is set back */
export type ChangeListener = (value: string, name: string) => string | null;

/** The configuration file, for CONFIG REWRITE; whoever has a file system provides it. */
export interface ConfigFile {
  /** @returns the text, latin1; empty when there is no such file */
  read(): string;
  /** Replaces the file in one step. */
  write(text: string): void;
}

export interface LoadReport {
  readonly mistakes: readonly ConfigMistake[];
  /** Whole sentences for the log: directives that change nothing here. */
  readonly warnings: readonly string[];
}

type Pair = readonly [name: string, value: string];

interface Change {
  readonly directive: Directive;
  readonly before: Value;
}

const GLOB_CHARACTERS = /[[*?]/;
const ERR_NO_FILE = 'ERR The server is running without a config file';

function unknownOption(name: string): string {
  return `ERR Unknown option or number of arguments for CONFIG SET - '${name}'`;
}

function setFailed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

/** @returns the value as CONFIG SET's one argument gives it, in words */
function wordsOf(directive: Directive, value: string): readonly string[] {
  return directive.kind === 'words' ? value.split(' ') : [value];
}

export class Config implements ConfigPort {
  /** While the dataset is loaded some directives may not change. */
  isLoading = false;
  file: ConfigFile | null = null;
  private readonly values = new Map<string, Value>();
  private readonly listeners = new Map<string, ChangeListener[]>();

  constructor() {
    for (const directive of DIRECTIVES) {
      const words = wordsOf(directive, directive.default);
      const value = parseValue(directive, words, '', false);
      assert(!('error' in value), `the default of ${directive.name} is valid`);
      this.values.set(directive.name, value);
    }
  }

  number(name: string): number {
    const value = this.values.get(name);
    assert(value !== undefined && !Number.isNaN(value.number), `${name} is a numeric directive`);
    return value.number;
  }

  flag(name: string): boolean {
    return this.number(name) === 1;
  }

  text(name: string): string {
    const value = this.values.get(name);
    assert(value !== undefined, `${name} is a directive`);
    return value.text;
  }

  /** As `text`, for what names a file: its bytes are UTF-8. */
  path(name: string): string {
    return Buffer.from(this.text(name), 'latin1').toString('utf8');
  }

  match(patterns: readonly string[]): readonly Pair[] {
    const found = new Map<string, string>();
    for (const pattern of patterns) {
      if (!GLOB_CHARACTERS.test(pattern)) {
        const directive = DIRECTIVES_BY_NAME.get(pattern.toLowerCase());
        if (directive !== undefined) found.set(pattern, this.text(directive.name));
        continue;
      }
      for (const [name, directive] of DIRECTIVES_BY_NAME) {
        if (directive.hidden !== true && globMatchText(pattern, name, true)) {
          found.set(name, this.text(directive.name));
        }
      }
    }
    return [...found];
  }

  /**
   * Calls `listener` with each new value of a directive, before CONFIG SET answers. It is not
   * called for the value that is there now.
   */
  onChange(name: string, listener: ChangeListener): void {
    assert(this.values.has(name), `${name} is a directive`);
    const listeners = this.listeners.get(name);
    if (listeners === undefined) this.listeners.set(name, [listener]);
    else listeners.push(listener);
  }

  /**
   * Sets a directive before the engine runs; nothing is immutable then and no listener is asked.
   * @returns null, or why not
   */
  preset(name: string, value: string): string | null {
    const directive = DIRECTIVES_BY_NAME.get(name.toLowerCase());
    if (directive === undefined) return `there is no directive '${name}'`;
    const words = wordsOf(directive, value);
    const parsed = parseValue(directive, words, this.text(directive.name), false);
    if ('error' in parsed) return parsed.error;
    this.values.set(directive.name, parsed);
    return null;
  }

  /** Takes in the lines of a configuration file and of the command line, in that order. */
  load(lines: readonly DirectiveLine[]): LoadReport {
    const mistakes: ConfigMistake[] = [];
    /** One for each directive, however many lines it has. */
    const warnings = new Map<string, string>();
    const seen = new Set<string>();
    for (const line of lines) {
      const error = this.loadLine(line, seen, warnings);
      if (error !== null) {
        mistakes.push({ source: line.source, line: line.line, given: line.given, error });
      }
    }
    return { mistakes, warnings: [...warnings.values()] };
  }

  set(pairs: readonly Pair[], allowsProtected: boolean): string | null {
    const wanted: { directive: Directive; given: string; value: string }[] = [];
    const refusal = this.checkPairs(pairs, allowsProtected, wanted);
    if (refusal !== null) return refusal;
    const changes: Change[] = [];
    for (const { directive, given, value } of wanted) {
      const before = this.valueIn(directive);
      const parsed = parseValue(directive, wordsOf(directive, value), before.text, false);
      if ('error' in parsed) return this.refuseSet(changes, given, parsed.error);
      const isChange = parsed.text !== before.text;
      if (isChange && directive.fixed !== undefined) {
        return this.refuseSet(changes, given, directive.fixed);
      }
      this.values.set(directive.name, parsed);
      if (isChange) changes.push({ directive, before });
    }
    return this.apply(changes);
  }

  rewrite(): string | null {
    if (this.file === null) return ERR_NO_FILE;
    try {
      const text = rewriteConfText(this.file.read(), (name) => this.text(name));
      this.file.write(text);
      return null;
    } catch (error) {
      return `ERR Rewriting config file: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private valueIn(directive: Directive): Value {
    const value = this.values.get(directive.name);
    assert(value !== undefined, 'every directive has a value');
    return value;
  }

  private loadLine(
    line: DirectiveLine,
    seen: Set<string>,
    warnings: Map<string, string>,
  ): string | null {
    const directive = DIRECTIVES_BY_NAME.get(line.name);
    if (directive === undefined) {
      if (isForgottenDirective(line.name) && line.words.length === 1) return null;
      return REFUSED_DIRECTIVES.get(line.name) ?? 'Bad directive or wrong number of arguments';
    }
    if (directive.name === 'appendonly' && line.words[0]?.toLowerCase() === 'no') {
      // Every stock configuration file says so; refusing it would refuse them all.
      warnings.set(
        directive.name,
        `appendonly no (${place(line)}) has no effect: Reddis always keeps its log`,
      );
      return null;
    }
    const value = parseValue(
      directive,
      line.words,
      this.text(directive.name),
      seen.has(directive.name),
    );
    if ('error' in value) return value.error;
    seen.add(directive.name);
    this.values.set(directive.name, value);
    if (directive.effect !== 'honoured' && value.text !== directive.default) {
      const when = directive.effect === 'none' ? 'here' : 'yet';
      const what = `${directive.name} (${place(line)}) is kept but has no effect ${when}`;
      warnings.set(directive.name, what);
    }
    return null;
  }

  private checkPairs(
    pairs: readonly Pair[],
    allowsProtected: boolean,
    wanted: { directive: Directive; given: string; value: string }[],
  ): string | null {
    let isDeniedWhileLoading = false;
    for (const [given, value] of pairs) {
      const directive = DIRECTIVES_BY_NAME.get(given.toLowerCase());
      if (directive === undefined) return unknownOption(given);
      if (directive.immutable === true) return setFailed(given, "can't set immutable config");
      if (directive.protected === true && !allowsProtected) {
        return setFailed(given, "can't set protected config");
      }
      if (wanted.some((other) => other.directive === directive)) {
        return setFailed(given, 'duplicate parameter');
      }
      if (this.isLoading && directive.deniedWhileLoading === true) isDeniedWhileLoading = true;
      wanted.push({ directive, given, value });
    }
    return isDeniedWhileLoading ? LOADING : null;
  }

  private apply(changes: readonly Change[]): string | null {
    for (let i = 0; i < changes.length; i++) {
      const { directive } = changes[i];
      const refusal = this.notify(directive);
      if (refusal === null) continue;
      this.restore(changes);
      // What accepted its new value must hear that the old one is back.
      for (let j = 0; j <= i; j++) this.notify(changes[j].directive);
      return setFailed(directive.name, refusal);
    }
    return null;
  }

  private notify(directive: Directive): string | null {
    for (const listener of this.listeners.get(directive.name) ?? []) {
      const refusal = listener(this.text(directive.name), directive.name);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  private refuseSet(changes: readonly Change[], given: string, reason: string): string {
    this.restore(changes);
    return setFailed(given, reason);
  }

  private restore(changes: readonly Change[]): void {
    for (const { directive, before } of changes) this.values.set(directive.name, before);
  }
}

function place(line: DirectiveLine): string {
  return line.line > 0 ? `${line.source}:${line.line}` : line.source;
}
