// What one configuration directive is, and how the table's entries are spelled. Invariant: a
// directive's default, parsed by its own rules, is valid (the configuration asserts it).

/** Bounds of C types that Redis's ranges are made of. */
export const INT_MIN = -2147483648;
export const INT_MAX = 2147483647;
export const UINT_MAX = 4294967295;
/** Where Redis allows 64 bits, Reddis allows what a number holds exactly. */
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

export type DirectiveKind =
  | 'flag'
  | 'integer'
  | 'memory'
  | 'memory-or-percent'
  | 'octal'
  | 'enum'
  | 'text'
  | 'words';

/**
 * `honoured`  it does what it does in Redis;
 * `not-yet`   it will; until then it is kept and readable;
 * `none`      it has nothing to act on in this server; it is kept and readable.
 */
export type DirectiveEffect = 'honoured' | 'not-yet' | 'none';

/** The outcome of reading a value: its canonical text, or why it is not one. */
export type ParsedWords = { readonly text: string } | { readonly error: string };

/**
 * Reads a directive of several words.
 * @param words what was given, split
 * @param current the value before
 * @param adds whether lines of a configuration file add up (`save`)
 */
export type WordsParser = (words: readonly string[], current: string, adds: boolean) => ParsedWords;

export interface DirectiveOptions {
  readonly aliases?: readonly string[];
  /** Set at start-up only. */
  readonly immutable?: boolean;
  /** Why a running server cannot take another value, for directives that Redis can change. */
  readonly fixed?: string;
  /** CONFIG SET needs `enable-protected-configs`. */
  readonly protected?: boolean;
  /** Its value must not reach logs. */
  readonly sensitive?: boolean;
  /** CONFIG GET shows it by its exact name only. */
  readonly hidden?: boolean;
  /** CONFIG SET answers LOADING while the dataset is loaded. */
  readonly deniedWhileLoading?: boolean;
  readonly effect?: DirectiveEffect;
  /** The range a number is moved into without complaint. */
  readonly clamp?: readonly [min: number, max: number];
  /** @returns null, or why this (well-formed) value cannot be had */
  readonly check?: (text: string) => string | null;
}

export interface Directive extends DirectiveOptions {
  readonly name: string;
  readonly kind: DirectiveKind;
  readonly default: string;
  /** One line for the configuration table of the README. */
  readonly summary: string;
  readonly effect: DirectiveEffect;
  readonly min: number;
  readonly max: number;
  /** The words of an enum, in the order error texts list them. */
  readonly values: readonly string[];
  readonly parseWords: WordsParser | null;
}

function directive(
  name: string,
  kind: DirectiveKind,
  defaultText: string,
  summary: string,
  options: DirectiveOptions & Partial<Pick<Directive, 'min' | 'max' | 'values' | 'parseWords'>>,
): Directive {
  const base = { effect: 'honoured' as const, min: 0, max: 0, values: [], parseWords: null };
  return { ...base, ...options, name, kind, default: defaultText, summary };
}

/** A yes/no directive. */
export function flag(
  name: string,
  defaultText: 'yes' | 'no',
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'flag', defaultText, summary, options);
}

/** A whole number within [min, max]. */
export function integer(
  name: string,
  defaultValue: number,
  min: number,
  max: number,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'integer', String(defaultValue), summary, { ...options, min, max });
}

/** A size in bytes within [min, max], with the units `parseMemory` knows. */
export function memory(
  name: string,
  defaultBytes: number,
  min: number,
  max: number,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'memory', String(defaultBytes), summary, { ...options, min, max });
}

/** One word of a few, in any case. */
export function choice(
  name: string,
  values: readonly string[],
  defaultText: string,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'enum', defaultText, summary, { ...options, values });
}

/** Any text. */
export function text(
  name: string,
  defaultText: string,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'text', defaultText, summary, options);
}

/** Several words with a grammar of their own. */
export function words(
  name: string,
  defaultText: string,
  parseWords: WordsParser,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'words', defaultText, summary, { ...options, parseWords });
}

/** Permission bits in octal. */
export function octal(
  name: string,
  defaultText: string,
  max: number,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  return directive(name, 'octal', defaultText, summary, { ...options, min: 0, max });
}

/** A size in bytes, or a percentage of another size, kept as a negative number. */
export function memoryOrPercent(
  name: string,
  defaultText: string,
  summary: string,
  options: DirectiveOptions = {},
): Directive {
  const bounds = { min: -100, max: INTEGER_MAX };
  return directive(name, 'memory-or-percent', defaultText, summary, { ...options, ...bounds });
}
