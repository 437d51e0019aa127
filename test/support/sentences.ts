/**
 * The sentences that the program can print, extracted from its source: quoted text with at least two words.
 */

/** A position in a text, read from left to right. */
type Cursor = { readonly text: string; at: number; readonly found: string[] };

/** After these characters, a slash begins a regular expression. */
const BEFORE_PATTERN = /[(,=:[!&|?{};>]$/;

/** Placeholder of a value. */
const VALUE = '…';

/** Returns every sentence of a source file, with an ellipsis for values, in the order of the file. */
export function sentencesOf(text: string): readonly string[] {
  const cursor: Cursor = { text, at: 0, found: [] };
  scan(cursor, '');
  return cursor.found.map((one) => one.replaceAll('\n', ' ').trim()).filter(isSentence);
}

function isSentence(text: string): boolean {
  if (/^[<.@*]|[{}]$|^-+[\w-]+(?:, --\w+)? <[^>]*>$/.test(text)) return false;
  return /[A-Za-z]{2,}[,.:;)]? (?:[("'`<-]*[A-Za-z]{2,}|…)|…[,:;]? [a-z]{2,}/.test(text);
}

/** Scans code up to the closing brace of a template's value, or to the end. */
function scan(cursor: Cursor, end: '' | '}'): void {
  let depth = 0;
  let before = '';
  while (cursor.at < cursor.text.length) {
    const { text, at } = cursor;
    const char = text.charAt(at);
    if (char === end && depth === 0) return;
    const comment = /^(?:\/\/[^\n]*|\/\*[^]*?\*\/)/.exec(text.slice(at, at + 20_000))?.[0];
    if (comment !== undefined) cursor.at += comment.length;
    else if (char === "'" || char === '"') readString(cursor, char);
    else if (char === '`') readTemplate(cursor);
    else if (char === '/' && BEFORE_PATTERN.test(before.trimEnd())) readPattern(cursor);
    else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      cursor.at += 1;
    }
    before = cursor.text.slice(Math.max(0, cursor.at - 8), cursor.at);
    if (/\breturn\s*$/.test(before)) before = '(';
  }
}

function readString(cursor: Cursor, quote: string): void {
  cursor.at += 1;
  let value = '';
  while (cursor.text.charAt(cursor.at) !== quote) value += readChar(cursor);
  cursor.at += 1;
  cursor.found.push(value);
}

function readTemplate(cursor: Cursor): void {
  cursor.at += 1;
  let value = '';
  while (cursor.text.charAt(cursor.at) !== '`') {
    if (cursor.text.startsWith('${', cursor.at)) {
      cursor.at += 2;
      scan(cursor, '}');
      cursor.at += 1;
      value += VALUE;
    } else value += readChar(cursor);
  }
  cursor.at += 1;
  cursor.found.push(value);
}

function readPattern(cursor: Cursor): void {
  let inSet = false;
  cursor.at += 1;
  while (cursor.text.charAt(cursor.at) !== '/' || inSet) {
    const char = readChar(cursor);
    if (char === '[') inSet = true;
    if (char === ']') inSet = false;
  }
  cursor.at += 1;
}

function readChar(cursor: Cursor): string {
  const char = cursor.text.charAt(cursor.at);
  cursor.at += char === '\\' ? 2 : 1;
  if (char === '') throw new Error('a quote without its end');
  if (char !== '\\') return char;
  const escaped = cursor.text.charAt(cursor.at - 1);
  return escaped === 'n' || escaped === 't' ? ' ' : escaped === '[' || escaped === ']' ? '' : escaped;
}
