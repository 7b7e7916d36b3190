// The directives whose value is a list of words with a grammar of its own: `save`, `bind`,
// `client-output-buffer-limit` and the like. Invariant: the canonical text that a parser returns
// parses to itself.

import { latin1Bytes } from '../util/bytes.js';
import { formatDouble, parseDouble } from '../util/doubles.js';
import { parseMemory } from '../util/numbers.js';
import type { ParsedWords, WordsParser } from './directive.js';

const BIND_ADDRESSES_MAX = 16;
const OOM_SCORES = 3;
const OOM_SCORE_MAX = 2000;
const PORT_MAX = 65535;
const ERROR_WORD_COUNT = { error: 'wrong number of arguments' };

/** A decimal integer, optionally signed, of at most 15 digits. */
const DECIMAL = /^[+-]?\d{1,15}$/;

/** @returns the words of a canonical text */
export function splitWords(value: string): string[] {
  return value === '' ? [] : value.split(' ');
}

function isEmptyList(words: readonly string[]): boolean {
  return words.length === 0 || (words.length === 1 && words[0] === '');
}

/** `save <seconds> <changes> ...`: how often a snapshot is due; lines of a file add up. */
export const parseSave: WordsParser = (words, current, adds) => {
  if (isEmptyList(words)) return { text: '' };
  const isWhole = words.length % 2 === 0;
  const isSound = words.every(
    (word, i) => DECIMAL.test(word) && Number(word) >= (i % 2 === 0 ? 1 : 0),
  );
  if (!isWhole || !isSound) return { error: 'Invalid save parameters' };
  const before = adds ? splitWords(current) : [];
  return { text: [...before, ...words.map((word) => String(Number(word)))].join(' ') };
};

/** `bind <address> ...`; a leading minus says that the address may be missing on this machine. */
export const parseBind: WordsParser = (words) => {
  if (words.length > BIND_ADDRESSES_MAX) return { error: 'Too many bind addresses specified.' };
  return { text: isEmptyList(words) ? '' : words.join(' ') };
};

export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}
export type OutputBufferClass = 'normal' | 'replica' | 'pubsub';
export type OutputBufferLimits = Readonly<Record<OutputBufferClass, OutputBufferLimit>>;

const BUFFER_CLASSES: ReadonlyMap<string, OutputBufferClass> = new Map([
  ['normal', 'normal'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
]);

/** @param value the canonical text of `client-output-buffer-limit` */
export function readOutputBufferLimits(value: string): OutputBufferLimits {
  const none = { hardBytes: 0, softBytes: 0, softSeconds: 0 };
  const limits = { normal: none, replica: none, pubsub: none };
  const words = splitWords(value);
  for (let i = 0; i + 3 < words.length; i += 4) {
    const name = BUFFER_CLASSES.get(words[i]);
    if (name === undefined) continue;
    limits[name] = {
      hardBytes: Number(words[i + 1]),
      softBytes: Number(words[i + 2]),
      softSeconds: Number(words[i + 3]),
    };
  }
  return limits;
}

function printOutputBufferLimits(limits: OutputBufferLimits): string {
  const line = (name: string, limit: OutputBufferLimit): string =>
    `${name} ${limit.hardBytes} ${limit.softBytes} ${limit.softSeconds}`;
  // CONFIG GET has kept the old word for replicas.
  return [
    line('normal', limits.normal),
    line('slave', limits.replica),
    line('pubsub', limits.pubsub),
  ].join(' ');
}

/** `<class> <hard> <soft> <seconds>` for one or more classes; the others stay as they are. */
export const parseOutputBufferLimits: WordsParser = (words, current) => {
  if (words.length % 4 !== 0) {
    return { error: 'Wrong number of arguments in buffer limit configuration.' };
  }
  const limits = { ...readOutputBufferLimits(current) };
  for (let i = 0; i < words.length; i += 4) {
    const name = BUFFER_CLASSES.get(words[i].toLowerCase());
    if (name === undefined) {
      return { error: 'Invalid client class specified in buffer limit configuration.' };
    }
    const hardBytes = parseMemory(words[i + 1]);
    const softBytes = parseMemory(words[i + 2]);
    const softSeconds = DECIMAL.test(words[i + 3]) ? Number(words[i + 3]) : -1;
    if (hardBytes === null || softBytes === null || softSeconds < 0) {
      const what = 'Error in hard, soft or soft_seconds setting in';
      return { error: `${what} buffer limit configuration.` };
    }
    limits[name] = { hardBytes, softBytes, softSeconds };
  }
  return { text: printOutputBufferLimits(limits) };
};

/** Event classes in the order Redis prints them; `A` stands for all of them together. */
const EVENT_CLASSES = 'g$lshzxetd';
const EVENT_EXTRAS = 'nKEm';

export const parseKeyspaceEvents: WordsParser = (words) => {
  if (words.length !== 1) return ERROR_WORD_COUNT;
  const given = new Set<string>();
  for (const letter of words[0]) {
    if (letter === 'A') for (const each of EVENT_CLASSES) given.add(each);
    else if (EVENT_CLASSES.includes(letter) || EVENT_EXTRAS.includes(letter)) given.add(letter);
    else return { error: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." };
  }
  const isAll = [...EVENT_CLASSES].every((letter) => given.has(letter));
  const classes = isAll ? 'A' : [...EVENT_CLASSES].filter((letter) => given.has(letter)).join('');
  // Beside `A`, Redis leaves out the class of new keys.
  const extras = [...EVENT_EXTRAS].filter(
    (letter) => given.has(letter) && !(isAll && letter === 'n'),
  );
  return { text: classes + extras.join('') };
};

/** Three scores for the kernel's out-of-memory killer. */
export const parseOomScores: WordsParser = (words) => {
  if (words.length !== OOM_SCORES) return ERROR_WORD_COUNT;
  const isSound = words.every(
    (word) => DECIMAL.test(word) && Math.abs(Number(word)) <= OOM_SCORE_MAX,
  );
  if (!isSound) {
    const range = `between -${OOM_SCORE_MAX} and ${OOM_SCORE_MAX}`;
    return { error: `Invalid oom-score-adj-values, elements must be ${range}.` };
  }
  return { text: words.map((word) => String(Number(word))).join(' ') };
};

/** `no one`, or the address of a primary, which is not to be had yet. */
export const parseReplicaOf: WordsParser = (words) => {
  if (isEmptyList(words)) return { text: '' };
  if (words.length !== 2) return ERROR_WORD_COUNT;
  if (words[0].toLowerCase() === 'no' && words[1].toLowerCase() === 'one') return { text: '' };
  const port = DECIMAL.test(words[1]) ? Number(words[1]) : -1;
  if (port < 0 || port > PORT_MAX) return { error: 'Invalid primary port' };
  return { error: 'Reddis cannot be a replica yet; it starts as a primary only' };
};

export const parsePercentiles: WordsParser = (words) => {
  if (isEmptyList(words)) return { text: '' };
  const values: string[] = [];
  for (const word of words) {
    const bytes = latin1Bytes(word);
    const value = parseDouble(bytes, 0, bytes.length);
    if (value === null) return { error: 'Invalid latency-tracking-info-percentiles parameters' };
    if (!(value >= 0 && value <= 100)) {
      const what = 'latency-tracking-info-percentiles parameters should sit between';
      return { error: `${what} [0.0,100.0]` };
    }
    values.push(formatDouble(Math.round(value * 1e6) / 1e6));
  }
  return { text: values.join(' ') };
};

const SHUTDOWN_WORDS = ['default', 'save', 'nosave', 'now', 'force'];

/** What a signal's shutdown does: `default`, or words of SHUTDOWN. */
export const parseShutdownWords: WordsParser = (words): ParsedWords => {
  const given = new Set(words.map((word) => word.toLowerCase()));
  if (given.size === 0 || [...given].some((word) => !SHUTDOWN_WORDS.includes(word))) {
    const known = SHUTDOWN_WORDS.join(', ');
    return { error: `argument(s) must be one of the following: ${known}` };
  }
  if (given.has('save') && given.has('nosave')) {
    return { error: "shutdown options SAVE and NOSAVE can't be used simultaneously" };
  }
  const set = SHUTDOWN_WORDS.filter((word) => word !== 'default' && given.has(word));
  return { text: set.length === 0 ? 'default' : set.join(' ') };
};
