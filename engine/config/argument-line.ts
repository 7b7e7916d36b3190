// One line of a configuration file into words and back, with Redis's quoting: double quotes with
// escapes, single quotes without, a closing quote only before a space or the end. Invariant:
// `splitArguments(quoteArgument(text))` is `[text]`. All text is latin1: one character per byte.

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['a', '\x07'],
]);
const HEX_ESCAPE = /^x([0-9a-fA-F]{2})/;
const SPACE = /[ \n\r\t\v\f]/;

function isSpaceAt(line: string, at: number): boolean {
  return at >= line.length || SPACE.test(line[at]);
}

/**
 * Reads a quoted piece from just behind its opening quote.
 * @returns null when it does not end as it should
 */
function readQuoted(
  line: string,
  from: number,
  quote: string,
): { text: string; end: number } | null {
  let text = '';
  let at = from;
  while (at < line.length) {
    const char = line[at];
    if (char === quote) return isSpaceAt(line, at + 1) ? { text, end: at + 1 } : null;
    if (quote === '"' && char === '\\' && at + 1 < line.length) {
      const hex = HEX_ESCAPE.exec(line.slice(at + 1, at + 4));
      if (hex !== null) {
        text += String.fromCharCode(Number.parseInt(hex[1], 16));
        at += 4;
      } else {
        text += ESCAPES.get(line[at + 1]) ?? line[at + 1];
        at += 2;
      }
    } else if (quote === "'" && char === '\\' && line[at + 1] === "'") {
      text += "'";
      at += 2;
    } else {
      text += char;
      at++;
    }
  }
  return null;
}

/** @returns the words of a line; null when its quotes are not balanced */
export function splitArguments(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (at < line.length && SPACE.test(line[at])) at++;
    if (at >= line.length) return words;
    let word = '';
    while (!isSpaceAt(line, at)) {
      const char = line[at];
      if (char === '"' || char === "'") {
        const quoted = readQuoted(line, at + 1, char);
        if (quoted === null) return null;
        word += quoted.text;
        at = quoted.end;
      } else {
        word += char;
        at++;
      }
    }
    words.push(word);
  }
}

const PRINTED: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
]);

/** @returns `text` in double quotes, with everything unprintable escaped */
export function quoteArgument(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const code = char.charCodeAt(0);
    const escaped = PRINTED.get(char);
    if (escaped !== undefined) quoted += escaped;
    else if (code >= 32 && code < 127) quoted += char;
    else quoted += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}
