/** Updates the layout of a text after an edit without scanning the text again. Pure. */
import type { EffectiveEdit } from '../edit.ts';
import type { TextEdit, Layout, Section, Span } from '../layout.ts';
import { renderString } from './scalar.ts';

type Movable = { start: number; end: number };

type MovableSection = {
  readonly header: Movable;
  readonly indent: number;
  readonly blocks: Map<string, Movable>;
};

/** A Layout that is updated in place: a copy per edit would cost as much as a thousand endpoints. */
export type MovableLayout = {
  readonly generation: Movable;
  readonly bootId: Movable | undefined;
  readonly endpoints: MovableSection | undefined;
  readonly released: MovableSection | undefined;
};

/** An entry that the edit removes (`isGone`), changes or adds, and the index of its replacement. */
type Place = {
  readonly section: MovableSection;
  readonly key: string;
  readonly at: number;
  readonly isGone: boolean;
};

/** A larger edit scans the whole text instead. */
const MAX_CUTS = 8;

/** Returns a copy that can be updated. */
export function movableLayout({ generation, bootId, endpoints, released }: Layout): MovableLayout {
  return {
    generation: { ...generation },
    bootId: bootId && { ...bootId },
    endpoints: endpoints && movableSection(endpoints),
    released: released && movableSection(released),
  };
}

function movableSection({ header, indent, blocks }: Section): MovableSection {
  const own = new Map<string, Movable>();
  for (const [key, { start, end }] of blocks) own.set(key, { start, end });
  return { header: { ...header }, indent, blocks: own };
}

/**
 * Updates the layout to that of the text after the edit's replacements (cutsOf), and returns true; false if
 * the replacements do not determine it, with the layout unchanged.
 * Law: the updated layout is the one that the scanner finds in the new text.
 */
export function moveLayout(layout: MovableLayout, cuts: readonly TextEdit[], edit: EffectiveEdit): boolean {
  if (cuts.length > MAX_CUTS) return false;
  const endpoints = placesIn(layout.endpoints, edit.endpoints, cuts);
  const released = placesIn(layout.released, edit.released, cuts);
  if (endpoints === undefined || released === undefined) return false;
  const starts = newStarts(cuts);
  for (const place of [...endpoints, ...released]) if (place.isGone) place.section.blocks.delete(place.key);
  move(layout.generation, cuts);
  if (layout.bootId !== undefined) move(layout.bootId, cuts);
  for (const section of [layout.endpoints, layout.released]) {
    if (section === undefined) continue;
    move(section.header, cuts);
    for (const span of section.blocks.values()) move(span, cuts);
  }
  for (const { section, key, at, isGone } of [...endpoints, ...released]) {
    const start = starts[at] ?? 0;
    if (!isGone) section.blocks.set(key, { start, end: start + (cuts[at]?.text.length ?? 0) });
  }
  return true;
}

/**
 * Returns the replacement of each changed entry; undefined if the replacements cannot be assigned to entries.
 */
function placesIn(
  section: MovableSection | undefined,
  changes: ReadonlyMap<string, unknown>,
  cuts: readonly TextEdit[],
): readonly Place[] | undefined {
  const places: Place[] = [];
  let added = 0;
  for (const [key, value] of changes) {
    const span = section?.blocks.get(key);
    if (span === undefined && value === undefined) continue;
    if (section === undefined) return undefined;
    if (span === undefined) added += 1;
    const line = `${' '.repeat(section.indent)}${renderString(key)}:`;
    const at = cuts.findIndex((cut) =>
      span === undefined ? cut.start === cut.end && cut.text.startsWith(line) : isAt(cut, span),
    );
    if (at < 0 || added > 1) return undefined;
    places.push({ section, key, at, isGone: value === undefined });
  }
  return places;
}

function isAt(cut: Span, { start, end }: Span): boolean {
  return cut.start === start && cut.end === end;
}

/** Returns the starts of the replacements in the new text. */
function newStarts(cuts: readonly TextEdit[]): readonly number[] {
  let grown = 0;
  return cuts.map(({ start, end, text }) => {
    const at = start + grown;
    grown += text.length - (end - start);
    return at;
  });
}

/** A replaced span gets the length of its replacement; an insertion goes before the text at its position. */
function move(span: Movable, cuts: readonly TextEdit[]): void {
  let grown = 0;
  let length = span.end - span.start;
  for (const { start, end, text } of cuts) {
    if (end <= span.start) grown += text.length - (end - start);
    else if (start === span.start && end === span.end) length = text.length;
    else break;
  }
  span.start += grown;
  span.end = span.start + length;
}
