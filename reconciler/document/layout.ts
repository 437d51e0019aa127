/** Positions of a document's parts in its text, so that a change touches only its own bytes. Types only. */

/** A part of the text. Units: UTF-16 code units from the start; `end` is exclusive. */
export type Span = { readonly start: number; readonly end: number };

/** One replacement. */
export type TextEdit = Span & { readonly text: string };

/**
 * The `endpoints:` or `released:` section.
 * Shape: `header` is its first line with newline; `blocks` are whole lines, from an entry's key to its last
 * field (comments around them belong to no entry); `indent` is the column of the keys.
 */
export type Section = {
  readonly header: Span;
  readonly indent: number;
  readonly blocks: ReadonlyMap<string, Span>;
};

/** Shape: `generation` spans the digits; `bootId` the value as written. */
export type Layout = {
  readonly generation: Span;
  readonly bootId: Span | undefined;
  readonly endpoints: Section | undefined;
  readonly released: Section | undefined;
};
