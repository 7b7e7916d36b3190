// A directive's value: from the words that were given to canonical text and number, with Redis's
// error texts. Invariant: canonical text parses to itself.

import { latin1Bytes } from '../util/bytes.js';
import { parseInteger, parseMemory } from '../util/numbers.js';
import type { Directive } from './directive.js';

/** `number` is 1 or 0 for a flag, a negative percentage where one is allowed, NaN for text. */
export interface Value {
  readonly text: string;
  readonly number: number;
}
export type ParsedValue = Value | { readonly error: string };

const OCTAL = /^[0-7]{1,11}$/;
const PERCENT = /^(0|[1-9]\d{0,8})%$/;
const NUMBER_ERRORS = {
  integer: "argument couldn't be parsed into an integer",
  memory: 'argument must be a memory value',
  'memory-or-percent': 'argument must be a memory or percent value',
  octal: "argument couldn't be parsed as an octal number",
} as const;
type NumberKind = keyof typeof NUMBER_ERRORS;

function parseNumber(kind: NumberKind, given: string): number | null {
  if (kind === 'octal') return OCTAL.test(given) ? Number.parseInt(given, 8) : null;
  if (kind === 'integer') {
    const bytes = latin1Bytes(given);
    const value = parseInteger(bytes, 0, bytes.length);
    return Number.isNaN(value) ? null : value;
  }
  const percent = kind === 'memory-or-percent' ? PERCENT.exec(given) : null;
  return percent === null ? parseMemory(given) : -Number(percent[1]);
}

function printNumber(kind: NumberKind, value: number): string {
  if (kind === 'octal') return value.toString(8);
  return kind === 'memory-or-percent' && value < 0 ? `${-value}%` : String(value);
}

function numberValue(directive: Directive, kind: NumberKind, given: string): ParsedValue {
  const parsed = parseNumber(kind, given);
  if (parsed === null) return { error: NUMBER_ERRORS[kind] };
  const { min, max, clamp } = directive;
  if (kind === 'memory-or-percent' && parsed < min) {
    return { error: `percentage argument must be less or equal to ${-min}` };
  }
  if (parsed < min || parsed > max) {
    const range = `between ${printNumber(kind, min)} and ${printNumber(kind, max)}`;
    return { error: `argument must be ${range} inclusive` };
  }
  const number = clamp === undefined ? parsed : Math.min(Math.max(parsed, clamp[0]), clamp[1]);
  return { text: printNumber(kind, number), number };
}

function flagValue(given: string): ParsedValue {
  const word = given.toLowerCase();
  if (word !== 'yes' && word !== 'no') return { error: "argument must be 'yes' or 'no'" };
  return { text: word, number: word === 'yes' ? 1 : 0 };
}

function enumValue(directive: Directive, given: string): ParsedValue {
  const word = given.toLowerCase();
  if (directive.values.includes(word)) return { text: word, number: Number.NaN };
  const known = directive.values.join(', ');
  return { error: `argument(s) must be one of the following: ${known}` };
}

function rawValue(
  directive: Directive,
  words: readonly string[],
  current: string,
  adds: boolean,
): ParsedValue {
  const { kind, parseWords } = directive;
  if (parseWords !== null) {
    const outcome = parseWords(words, current, adds);
    return 'error' in outcome ? outcome : { text: outcome.text, number: Number.NaN };
  }
  if (words.length !== 1) return { error: 'wrong number of arguments' };
  if (kind === 'flag') return flagValue(words[0]);
  if (kind === 'enum') return enumValue(directive, words[0]);
  if (kind === 'text' || kind === 'words') return { text: words[0], number: Number.NaN };
  return numberValue(directive, kind, words[0]);
}

/**
 * @param words what was given; one word unless the directive takes several
 * @param current the value before, which some directives add to
 * @param adds whether a further line of a configuration file adds to the one before
 */
export function parseValue(
  directive: Directive,
  words: readonly string[],
  current: string,
  adds: boolean,
): ParsedValue {
  const value = rawValue(directive, words, current, adds);
  if ('error' in value || directive.check === undefined) return value;
  const refusal = directive.check(value.text);
  return refusal === null ? value : { error: refusal };
}
