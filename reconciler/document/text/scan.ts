/**
 * Strict scanner of CNI's part of the document: from the line `endpoints:` to the end. It accepts only the
 * renderer's form, with comments and blank lines anywhere between; all other texts are left to the YAML
 * parser. Pure.
 */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import { isCompleteEndpoint, isEndpointId, isFieldName, isFieldValue, isRelease } from './fields.ts';
import type { Section, Span } from '../layout.ts';
import { matchBlock } from './block.ts';
import { createRecord } from '../edit.ts';
import { CANONICAL_INDENT, type FieldName } from './render.ts';
import { type FlowValue, readFlow } from './scalar.ts';

/** The content of CNI's part, and the positions of its parts. */
export type DocumentTail = {
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly released: Readonly<Record<string, string>> | undefined;
  readonly endpointSection: Section;
  readonly releasedSection: Section | undefined;
};

/** A line of the text; `end` is before its newline, `next` after it. */
type Line = Span & { readonly next: number };

const HEADER = /(endpoints|released):( \{\})?(?: *| +#.*)$/y;

/** Returns the start of CNI's part; undefined if there is none. */
export function findTail(text: string): number | undefined {
  if (text.startsWith('endpoints:')) return 0;
  const at = text.indexOf('\nendpoints:');
  return at < 0 ? undefined : at + 1;
}

/** Returns CNI's part from `start` on; undefined if it is not in canonical form. */
export function scanTail(text: string, start: number): DocumentTail | undefined {
  const scanner = new Scanner(text);
  for (let at = start; at < text.length; ) {
    const next = scanner.takeBlock(at);
    if (next !== undefined) {
      at = next;
      continue;
    }
    const line = lineAt(text, at);
    if (!scanner.take(line)) return undefined;
    at = line.next;
  }
  return scanner.finish();
}

/** Returns the line that begins at `start`. */
export function lineAt(text: string, start: number): Line {
  const newline = text.indexOf('\n', start);
  const next = newline < 0 ? text.length : newline + 1;
  let end = newline < 0 ? text.length : newline;
  if (newline > start && text.charAt(newline - 1) === '\r') end -= 1;
  return { start, end, next };
}

/** Returns true if the rest of the line, from `at` on, is blank or a comment. */
export function isRestEmpty(text: string, at: number, line: Span): boolean {
  let mark = at;
  while (mark < line.end && text[mark] === ' ') mark += 1;
  if (mark === line.end) return true;
  const comment = text[mark] === '#' && (mark > at || at === line.start);
  return comment && !text.slice(mark, line.end).includes('\r');
}

/** A section while its lines are being read. */
type Open = { readonly header: Span; readonly isEmpty: boolean; readonly blocks: Map<string, Span> };

class Scanner {
  readonly #text: string;
  readonly #endpoints: Record<string, Endpoint> = createRecord();
  readonly #released: Record<string, string> = createRecord();
  #endpointSection: Open | undefined;
  #releasedSection: Open | undefined;
  #id: string | undefined;
  #fields: Partial<Record<FieldName, FlowValue>> = {};
  #block: Span = { start: 0, end: 0 };

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Takes a whole block in the usual form; returns the start of the next line, undefined for another form.
   */
  takeBlock(start: number): number | undefined {
    const section = this.#endpointSection;
    if (section === undefined || section.isEmpty || this.#releasedSection !== undefined) return undefined;
    const block = matchBlock(this.#text, start);
    if (block === undefined || section.blocks.has(block.id) || !this.#closeEndpoint()) return undefined;
    this.#endpoints[block.id] = block.endpoint;
    section.blocks.set(block.id, { start, end: block.end });
    return block.end;
  }

  /** Takes the next line; returns false if it is not canonical. */
  take(line: Line): boolean {
    const text = this.#text;
    if (isRestEmpty(text, line.start, line)) return true;
    let indent = 0;
    while (text[line.start + indent] === ' ') indent += 1;
    if (indent === 0) return this.#takeHeader(line);
    if (indent === CANONICAL_INDENT + 2) return this.#takeField(line, line.start + indent);
    if (indent !== CANONICAL_INDENT) return false;
    return this.#releasedSection === undefined
      ? this.#takeEndpoint(line, line.start + indent)
      : this.#takeRelease(line, line.start + indent, this.#releasedSection);
  }

  finish(): DocumentTail | undefined {
    if (!this.#closeEndpoint() || this.#endpointSection === undefined) return undefined;
    return {
      endpoints: this.#endpoints,
      released: this.#releasedSection === undefined ? undefined : this.#released,
      endpointSection: sectionOf(this.#endpointSection),
      releasedSection: this.#releasedSection === undefined ? undefined : sectionOf(this.#releasedSection),
    };
  }

  #takeHeader(line: Line): boolean {
    HEADER.lastIndex = 0;
    const raw = this.#text.slice(line.start, line.end);
    const match = HEADER.exec(raw);
    if (match === null || raw.includes('\r') || !this.#closeEndpoint()) return false;
    const open: Open = {
      header: { start: line.start, end: line.next },
      isEmpty: match[2] !== undefined,
      blocks: new Map(),
    };
    if (match[1] === 'endpoints' && this.#endpointSection === undefined) this.#endpointSection = open;
    else if (
      match[1] === 'released' &&
      this.#endpointSection !== undefined &&
      this.#releasedSection === undefined
    ) {
      this.#releasedSection = open;
    } else return false;
    return true;
  }

  #takeEndpoint(line: Line, start: number): boolean {
    const key = readFlow(this.#text, start);
    if (key === undefined || typeof key.value !== 'string' || this.#text[key.end] !== ':') return false;
    const isKeyLine = isRestEmpty(this.#text, key.end + 1, line) && isEndpointId(key.value);
    if (!isKeyLine || !this.#closeEndpoint() || this.#endpointSection?.isEmpty !== false) return false;
    if (this.#endpointSection.blocks.has(key.value)) return false;
    this.#id = key.value;
    this.#fields = {};
    this.#block = { start: line.start, end: line.next };
    return true;
  }

  #takeField(line: Line, start: number): boolean {
    const colon = this.#text.indexOf(': ', start);
    if (this.#id === undefined || colon < 0 || colon > line.end) return false;
    const name = this.#text.slice(start, colon);
    const read = readFlow(this.#text, colon + 2);
    if (read === undefined || read.end > line.end || !isRestEmpty(this.#text, read.end, line)) return false;
    if (!isFieldName(name) || name in this.#fields || !isFieldValue(name, read.value)) return false;
    this.#fields[name] = read.value;
    this.#block = { start: this.#block.start, end: line.next };
    return true;
  }

  #closeEndpoint(): boolean {
    const id = this.#id;
    if (id === undefined) return true;
    this.#id = undefined;
    if (!isCompleteEndpoint(this.#fields)) return false;
    this.#endpoints[id] = this.#fields;
    this.#endpointSection?.blocks.set(id, this.#block);
    return true;
  }

  #takeRelease(line: Line, start: number, section: Open): boolean {
    const key = readFlow(this.#text, start);
    if (key === undefined || typeof key.value !== 'string' || !this.#text.startsWith(': ', key.end))
      return false;
    const time = readFlow(this.#text, key.end + 2);
    if (time === undefined || time.end > line.end || !isRestEmpty(this.#text, time.end, line)) return false;
    if (section.isEmpty || section.blocks.has(key.value) || !isRelease(key.value, time.value)) return false;
    this.#released[key.value] = time.value;
    section.blocks.set(key.value, { start: line.start, end: line.next });
    return true;
  }
}

function sectionOf({ header, blocks }: Open): Section {
  return { header, indent: CANONICAL_INDENT, blocks };
}
