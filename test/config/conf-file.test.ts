// The text of configuration files: quoting, includes, mistakes with their place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoteArgument, splitArguments } from '../../engine/config/argument-line.js';
import { type IncludeReader, parseConfText } from '../../engine/config/conf-file.js';
import { isMultipleDirective } from '../../engine/config/directives.js';

function parse(text: string, include: IncludeReader | null = null) {
  return parseConfText(text, 'a.conf', isMultipleDirective, include);
}

test('words are split with the quoting rules of Redis', () => {
  const cases: [line: string, words: string[] | null][] = [
    ['a  b\tc', ['a', 'b', 'c']],
    ['', []],
    ['a "b c" \'d e\'', ['a', 'b c', 'd e']],
    ['"\\x41\\n\\"\\q"', ['A\n"q']],
    ["'it\\'s \\n'", ["it's \\n"]],
    ['a "b', null],
    ['a "b"c', null],
    ["a 'b", null],
    ['a""', ['a']],
    ['save ""', ['save', '']],
  ];
  for (const [line, words] of cases) assert.deepEqual(splitArguments(line), words, line);
});

test('what is quoted splits back to itself, for every byte', () => {
  let all = '';
  for (let byte = 0; byte < 256; byte++) all += String.fromCharCode(byte);
  for (const text of [all, '', ' ', "'", '\\x41']) {
    assert.deepEqual(splitArguments(quoteArgument(text)), [text]);
  }
});

test('comments and blank lines are skipped and names are lower-cased', () => {
  const { lines, mistakes } = parse('# c\n\n  PORT 1 \r\n\tbind a b\n');
  assert.deepEqual(mistakes, []);
  assert.deepEqual(
    lines.map(({ line, name, words }) => [line, name, words]),
    [
      [3, 'port', ['1']],
      [4, 'bind', ['a', 'b']],
    ],
  );
});

test('a directive of several words may have them in one argument', () => {
  const { lines } = parse('save "900 1"\nsave ""\nrequirepass "a b"');
  assert.deepEqual(
    lines.map(({ words }) => words),
    [['900', '1'], [''], ['a b']],
  );
});

test('a byte 0xa0 at the end of a line is text, not space', () => {
  assert.deepEqual(parse('requirepass \xc3\xa0').lines[0].words, ['\xc3\xa0']);
});

test('mistakes name file and line, also in included files', () => {
  const files = new Map([['b.conf', 'port "1\ninclude c.conf']]);
  const include: IncludeReader = (name) => {
    const text = files.get(name);
    if (text === undefined) throw new Error('no such file');
    return [{ source: name, text }];
  };
  const { lines, mistakes } = parse('timeout 1\ninclude b.conf\nhz 5', include);
  assert.deepEqual(
    lines.map(({ source, name }) => [source, name]),
    [
      ['a.conf', 'timeout'],
      ['a.conf', 'hz'],
    ],
  );
  assert.deepEqual(
    mistakes.map(({ source, line, error }) => [source, line, error]),
    [
      ['b.conf', 1, 'Unbalanced quotes in configuration line'],
      ['b.conf', 2, "Can't open config file 'c.conf': no such file"],
    ],
  );
});

test('files that include each other end in a mistake', () => {
  const { mistakes } = parse('include x', (name) => [{ source: name, text: 'include x' }]);
  assert.equal(mistakes.length, 1);
  assert.match(mistakes[0].error, /^more than 16 files/);
});

test('an include where there are no files is a mistake', () => {
  assert.match(parse('include x').mistakes[0].error, /not possible/);
});
