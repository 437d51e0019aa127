/** Strings, lists and small maps in the canonical form of CNI's part: exactly one text per value. Pure. */

/** A value of an endpoint's field: a string, a number, or a list or map of these. */
export type FlowValue = string | number | object;

/** A value read from a line, and the position after it. */
type Read = { readonly value: FlowValue; readonly end: number };

/**
 * Characters without meaning in YAML, in block and flow context; no blank, so that no comment or second line
 * can begin in them.
 */
const PLAIN = /[A-Za-z0-9/](?:[A-Za-z0-9._/:@+-]*[A-Za-z0-9._/@+-])?/y;

/** Plain text that YAML 1.2's core schema does not read as a string. Source: YAML 1.2.2, 10.3.2. */
const NOT_A_STRING =
  /^(?:null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)$/;

/**
 * Plain text that YAML 1.1 reads as a boolean, a number (of base 60, such as a MAC of decimal pairs) or a time: programs write it
 * back in another form. It is written in quotes, and read without them too, as earlier builds wrote it.
 * Source: YAML 1.1, bool.html, int.html, float.html, timestamp.html.
 */
const OTHERWISE_IN_1_1 =
  /^(?:[yn]|yes|no|on|off|0b[01_]+|0x[\da-f_]+|\d[\d_]*(?::[0-5]?\d)*(?:\.[\d_]*)?(?:e[-+]?\d+)?|\d{4}-\d\d?-\d\d?(?:t[\d:.]+(?:z|[-+][\d:]+)?)?)$/i;

/** Returns true if YAML 1.1 does not read the plain text as a string. */
export function isOtherwiseInYaml11(text: string): boolean {
  return OTHERWISE_IN_1_1.test(text);
}

const INTEGER = /^(?:0|[1-9][0-9]{0,15})$/;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;

/**
 * Returns the string as YAML: plain if YAML 1.2 and 1.1 read that back as the same string, else double-quoted
 * as in JSON.
 */
export function renderString(text: string): string {
  const isPlain = text !== '' && plainEnd(text, 0) === text.length;
  if (isPlain && !NOT_A_STRING.test(text) && !isOtherwiseInYaml11(text)) return text;
  // JSON leaves some characters unescaped that YAML considers unprintable: escape all but ASCII.
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Returns the value as YAML on one line, lists and maps in flow style.
 * Errors: a number must be a safe integer >= 0.
 */
export function renderFlow(value: FlowValue): string {
  if (typeof value === 'string') return renderString(value);
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(renderFlow).join(', ')}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([key, field]) => `${renderString(key)}: ${renderFlow(field)}`).join(', ')}}`;
}

function isList(value: FlowValue): value is readonly FlowValue[] {
  return Array.isArray(value);
}

/**
 * Returns the value at `start`; undefined if it is not in the form that renderFlow writes.
 * Law: renderFlow(readFlow(text).value) is the text read, but for quotes that only YAML 1.1 needs; YAML reads it
 * as the same value.
 */
export function readFlow(text: string, start: number): Read | undefined {
  if (text[start] === '[') return readList(text, start);
  return text[start] === '{' ? readMap(text, start) : readScalar(text, start);
}

function readScalar(text: string, start: number): Read | undefined {
  if (text[start] === '"') return readQuoted(text, start);
  const end = plainEnd(text, start);
  if (end === start) return undefined;
  const word = text.slice(start, end);
  if (INTEGER.test(word)) {
    const value = Number(word);
    return Number.isSafeInteger(value) ? { value, end } : undefined;
  }
  return NOT_A_STRING.test(word) ? undefined : { value: word, end };
}

function readQuoted(text: string, start: number): Read | undefined {
  QUOTED.lastIndex = start;
  const raw = QUOTED.exec(text)?.[0];
  if (raw === undefined) return undefined;
  const value = parseJsonString(raw);
  if (value === undefined || renderString(value) !== raw) return undefined;
  return { value, end: start + raw.length };
}

function parseJsonString(raw: string): string | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function readList(text: string, start: number): Read | undefined {
  const items: FlowValue[] = [];
  let at = start + 1;
  while (text[at] !== ']') {
    if (items.length > 0) {
      if (!text.startsWith(', ', at)) return undefined;
      at += 2;
    }
    const item = readFlow(text, at);
    if (item === undefined) return undefined;
    items.push(item.value);
    at = item.end;
  }
  return { value: items, end: at + 1 };
}

function readMap(text: string, start: number): Read | undefined {
  const fields: Record<string, FlowValue> = {};
  let at = start + 1;
  while (text[at] !== '}') {
    if (at > start + 1) {
      if (!text.startsWith(', ', at)) return undefined;
      at += 2;
    }
    const key = readScalar(text, at);
    if (key === undefined || typeof key.value !== 'string' || !text.startsWith(': ', key.end))
      return undefined;
    const field = readFlow(text, key.end + 2);
    if (field === undefined || key.value === '__proto__' || Object.hasOwn(fields, key.value))
      return undefined;
    fields[key.value] = field.value;
    at = field.end;
  }
  return { value: fields, end: at + 1 };
}

function plainEnd(text: string, start: number): number {
  PLAIN.lastIndex = start;
  return PLAIN.test(text) ? PLAIN.lastIndex : start;
}
