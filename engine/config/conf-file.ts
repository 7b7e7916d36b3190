// The text of a redis.conf into directive lines. Invariant: every line of the text is blank, a
// comment, a directive in the result, or a mistake that names its file and line.

import { splitArguments } from './argument-line.js';

/** Files that include each other without end are a mistake. */
export const INCLUDE_DEPTH_MAX = 16;

/** What Redis trims; `trim` would take bytes of UTF-8 text with it. */
const EDGES = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/** One directive as it was given, by a file or on the command line. */
export interface DirectiveLine {
  /** Path of the file, or `command line`. */
  readonly source: string;
  /** From 1; 0 where there are no lines. */
  readonly line: number;
  /** The line itself, for error messages. */
  readonly given: string;
  /** Lower case. */
  readonly name: string;
  readonly words: readonly string[];
}

/** One thing wrong with the configuration that was loaded. */
export interface ConfigMistake {
  readonly source: string;
  readonly line: number;
  /** The line as it was given. */
  readonly given: string;
  readonly error: string;
}

export interface ConfText {
  readonly lines: readonly DirectiveLine[];
  readonly mistakes: readonly ConfigMistake[];
}

/** A file that an `include` pulls in. */
export interface IncludedFile {
  readonly source: string;
  readonly text: string;
}

/**
 * Reads what an `include` names (a pattern may name several files, or none).
 * @param pattern as the file says it
 * @param from the file that says it
 * @throws Error when a file cannot be read; its message becomes the mistake
 */
export type IncludeReader = (pattern: string, from: string) => readonly IncludedFile[];

/** A directive of one word is split where it should have been several: `--save "900 1"`. */
function spread(words: readonly string[]): readonly string[] {
  if (words.length !== 1 || words[0] === '') return words;
  return splitArguments(words[0]) ?? words;
}

/**
 * @param text latin1: one character per byte
 * @param source what to call the file in messages
 * @param isMultiple whether a directive takes several words
 * @param readInclude null where `include` is refused
 */
export function parseConfText(
  text: string,
  source: string,
  isMultiple: (name: string) => boolean,
  readInclude: IncludeReader | null,
): ConfText {
  const parser = new ConfParser(isMultiple, readInclude);
  parser.read(text, source, 0);
  return parser;
}

class ConfParser implements ConfText {
  readonly lines: DirectiveLine[] = [];
  readonly mistakes: ConfigMistake[] = [];
  private readonly isMultiple: (name: string) => boolean;
  private readonly readInclude: IncludeReader | null;

  constructor(isMultiple: (name: string) => boolean, readInclude: IncludeReader | null) {
    this.isMultiple = isMultiple;
    this.readInclude = readInclude;
  }

  read(text: string, source: string, depth: number): void {
    const rows = text.split('\n');
    for (let i = 0; i < rows.length; i++) {
      const given = rows[i].replace(EDGES, '');
      if (given === '' || given.startsWith('#')) continue;
      const split = splitArguments(given);
      const error =
        split === null
          ? 'Unbalanced quotes in configuration line'
          : this.take(split, { source, line: i + 1, given }, depth);
      if (error !== null) this.mistakes.push({ source, line: i + 1, given, error });
    }
  }

  private take(
    split: readonly string[],
    at: Pick<DirectiveLine, 'source' | 'line' | 'given'>,
    depth: number,
  ): string | null {
    const [first, ...words] = split;
    const name = first.toLowerCase();
    if (name === 'include') return this.include(words, at.source, depth);
    this.lines.push({ ...at, name, words: this.isMultiple(name) ? spread(words) : words });
    return null;
  }

  private include(words: readonly string[], source: string, depth: number): string | null {
    if (words.length !== 1) return 'wrong number of arguments';
    if (this.readInclude === null) return 'include is not possible here';
    if (depth === INCLUDE_DEPTH_MAX) {
      return `more than ${INCLUDE_DEPTH_MAX} files include each other`;
    }
    try {
      for (const each of this.readInclude(words[0], source)) {
        this.read(each.text, each.source, depth + 1);
      }
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `Can't open config file '${words[0]}': ${reason}`;
    }
  }
}
