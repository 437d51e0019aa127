/**
 * Edits of the document's text: only the edited blocks and the generation change; all other bytes are kept.
 * Pure.
 */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import { type EffectiveEdit, sameValue } from '../edit.ts';
import type { TextEdit, Layout, Section } from '../layout.ts';
import {
  CANONICAL_INDENT,
  FIELD_ORDER,
  type FieldName,
  type LineStyle,
  fieldLines,
  renderEndpoint,
  renderReleased,
} from './render.ts';
import { renderString } from './scalar.ts';
import { isRestEmpty, lineAt, scanTail } from './scan.ts';

/** One section of the document and its changes; `render` returns an entry as whole lines. */
type SectionEdit<T> = {
  readonly name: 'endpoints' | 'released';
  readonly section: Section | undefined;
  readonly changes: ReadonlyMap<string, T | undefined>;
  readonly render: (key: string, value: T, style: LineStyle, old: string) => string;
};

/**
 * Returns the text with endpoints, released addresses, bootId, machine and generation changed; networks are not
 * handled.
 * Law: every byte outside the edited entries and the generation is kept; adding and then removing an entry
 * restores the text (a section that became empty is written `{}`).
 */
export function spliceEdit(text: string, layout: Layout, edit: EffectiveEdit): string {
  return matchFinalNewline(text, applyTextEdits(text, textEditsOf(text, layout, edit)));
}

/**
 * Returns the replacements of the edit in ascending order; those at one position in their order of insertion.
 */
export function textEditsOf(text: string, layout: Layout, edit: EffectiveEdit): readonly TextEdit[] {
  const eol = lineEnd(text);
  const cuts: TextEdit[] = [
    { ...layout.generation, text: String(edit.generation) },
    ...metadataCut(text, layout, eol, ['bootId', edit.bootId]),
    ...metadataCut(text, layout, eol, ['machine', edit.machine]),
    ...sectionCuts(text, eol, {
      name: 'endpoints',
      section: layout.endpoints,
      changes: edit.endpoints,
      render: (id, endpoint: Endpoint, style, old) =>
        old === '' ? renderEndpoint(id, endpoint, style) : renderUpdate(old, endpoint, style),
    }),
    ...sectionCuts(text, eol, {
      name: 'released',
      section: layout.released,
      changes: edit.released,
      render: (key, time: string, style) => renderReleased(key, time, style),
    }),
  ];
  // Array.prototype.toSorted is stable: insertions at one position keep their order.
  return cuts.toSorted((left, right) => left.start - right.start);
}

/**
 * Returns true if the scanner finds every endpoint and released address of the edit in the text as intended.
 * Reads only these entries: the canonical text around them was read before.
 */
export function hasEntries(text: string, edit: EffectiveEdit): boolean {
  const changes = [...edit.endpoints, ...edit.released];
  return changes.every(([key, value]) => {
    const start = text.indexOf(`\n${' '.repeat(CANONICAL_INDENT)}${renderString(key)}:`) + 1;
    if (value === undefined || start === 0) return value === undefined && start === 0;
    const next = /\n(?: {2})?[^ \r\n#]/g;
    next.lastIndex = start;
    const end = (next.exec(text)?.index ?? text.length) + 1;
    const tail =
      scanTail(`endpoints:\n${text.slice(start, end)}`, 0) ??
      scanTail(`endpoints:\nreleased:\n${text.slice(start, end)}`, 0);
    return sameValue(tail?.endpoints[key] ?? tail?.released?.[key], value);
  });
}

/** Returns the text's newline: that of its first line. */
export function lineEnd(text: string): string {
  const newline = text.indexOf('\n');
  return newline > 0 && text.charAt(newline - 1) === '\r' ? '\r\n' : '\n';
}

/** Returns the text with the replacements, which must be in ascending order. */
export function applyTextEdits(text: string, cuts: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const cut of cuts) {
    result += text.slice(at, cut.start);
    // Only there can a line be unfinished; looking at the result copies it.
    if (cut.start === text.length && cut.text !== '' && isInsideLine(result)) result += lineEnd(text);
    result += cut.text;
    at = cut.end;
  }
  return result + text.slice(at);
}

function isInsideLine(text: string): boolean {
  return text !== '' && !text.endsWith('\n');
}

/** A text without a final newline keeps that form, so that adding and removing an entry restores it. */
function matchFinalNewline(before: string, after: string): string {
  return isInsideLine(before) ? after.replace(/\r?\n$/, '') : after;
}

/** A field without a place of its own comes after the generation. */
function metadataCut(
  text: string,
  layout: Layout,
  eol: string,
  [key, value]: readonly ['bootId' | 'machine', string | undefined],
): TextEdit[] {
  if (value === undefined) return [];
  const known = key === 'bootId' ? layout.bootId : undefined;
  if (known !== undefined) return [{ ...known, text: renderString(value) }];
  const { start } = layout.generation;
  const line = lineAt(text, text.lastIndexOf('\n', start) + 1);
  const indent = text.slice(line.start, start).search(/[^ ]/);
  const added = `${' '.repeat(indent)}${key}: ${renderString(value)}${eol}`;
  return [{ start: line.next, end: line.next, text: added }];
}

function sectionCuts<T>(text: string, eol: string, edit: SectionEdit<T>): TextEdit[] {
  const { name, section, changes, render } = edit;
  if (changes.size === 0) return [];
  const style = { indent: section?.indent ?? CANONICAL_INDENT, eol };
  const cuts: TextEdit[] = [];
  let added = '';
  for (const [key, value] of changes) {
    const span = section?.blocks.get(key);
    if (span === undefined) added += value === undefined ? '' : render(key, value, style, '');
    else {
      const old = text.slice(span.start, span.end);
      cuts.push({ ...span, text: value === undefined ? '' : render(key, value, style, old) });
    }
  }
  if (section === undefined) {
    const header = added === '' ? '' : `${name}:${eol}`;
    return [{ start: text.length, end: text.length, text: header + added }];
  }
  let at = section.header.end;
  for (const { end } of section.blocks.values()) at = Math.max(at, end);
  if (added !== '') cuts.push({ start: at, end: at, text: added });
  return [...headerCut(text, section, changes), ...cuts];
}

/** An empty section is written `endpoints: {}`: without the braces, other readers would see null. */
function headerCut(text: string, section: Section, changes: ReadonlyMap<string, unknown>): TextEdit[] {
  let left = section.blocks.size;
  for (const [key, value] of changes) left += Number(value !== undefined) - Number(section.blocks.has(key));
  const { start, end } = section.header;
  const header = text.slice(start, end);
  const wanted = left === 0 ? header.replace(/:(?! \{\})/, ': {}') : header.replace(/: \{\}/, ':');
  return wanted === header ? [] : [{ start, end, text: wanted }];
}

const QUOTED_TIME = /"(\d[^"\\]*Z)"$/;

/** Returns the block with the endpoint's fields; unchanged lines and comments are kept, times get quotes. */
function renderUpdate(old: string, endpoint: Endpoint, style: LineStyle): string {
  const wanted = fieldLines(endpoint, style.indent);
  const [keyLine = '', ...lines] = splitLines(old);
  const kept = new Map<FieldName, string>();
  let loose = '';
  for (const line of lines) {
    const name = FIELD_ORDER.find((field) => line.trimStart().startsWith(`${field}: `));
    loose += name === undefined && isComment(line) ? line : '';
    if (name === undefined) continue;
    const text = wanted.get(name);
    // Earlier builds wrote times without quotes.
    const form = text === undefined || line.startsWith(text) ? text : text.replace(QUOTED_TIME, '$1');
    const same =
      form !== undefined && line.startsWith(form) && isRestEmpty(line, form.length, lineAt(line, 0));
    const rest = same ? withLineEnd(line.slice(form.length), style.eol) : style.eol;
    kept.set(name, loose + (text === undefined ? '' : text + rest));
    loose = '';
  }
  let block = withLineEnd(keyLine, style.eol);
  for (const name of FIELD_ORDER) {
    const text = wanted.get(name);
    block += kept.get(name) ?? (text === undefined ? '' : text + style.eol);
  }
  return block + loose;
}

function isComment(line: string): boolean {
  return isRestEmpty(line, 0, lineAt(line, 0));
}

function withLineEnd(line: string, eol: string): string {
  return line.endsWith('\n') ? line : line + eol;
}

function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
