/** A text of the document with its meaning, and how an edit makes the next one. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Held } from '../../model/addresses/pool.ts';
import { type Issue, ok, type Result } from '../../model/result.ts';
import { staysValid } from '../check/change.ts';
import { applyEdit, type EffectiveEdit, sameValue } from '../edit.ts';
import { type KnownHead, extractHead, readFast, type Validity, withBootId } from '../text/head.ts';
import type { Reading, SlowPath } from '../slow-path.ts';
import { hasEntries, spliceEdit } from '../text/splice.ts';

/**
 * A text read from the file, or the next one to write.
 * Shape: `head` is its known head; `learned`: the head is not cached yet; `edited` makes an edit outside the head without scanning the whole text, if available; `held` indexes
 * its endpoints until it is edited.
 */
export type Version = Reading & {
  readonly text: string;
  readonly head: KnownHead | undefined;
  readonly learned: boolean;
  readonly held?: Held;
  readonly edited?: (edit: EffectiveEdit) => Version | undefined;
};

/** Reader of any document. Shape: `file` is its name in issues. */
export type DocumentReader = { readonly slow: SlowPath; readonly file: string };

/** Returns the text's Version by the known head and the scanner; undefined if only the slow path can. */
export function interpretQuickly(
  text: string,
  head: KnownHead | undefined,
  validity?: Validity,
): Version | undefined {
  const fast = head === undefined ? undefined : readFast(text, head, validity);
  return fast === undefined ? undefined : { ...fast, text, head, learned: false };
}

/** Returns the text's Version: as interpretQuickly() if possible, else as interpretSlowly(). */
export function interpret(
  reader: DocumentReader,
  text: string,
  head: KnownHead | undefined,
  validity?: Validity,
): Result<Version, readonly Issue[]> {
  const quick = interpretQuickly(text, head, validity);
  return quick === undefined ? interpretSlowly(reader, text) : ok(quick);
}

/** Returns the text's Version by the slow path, with a newly learned head. */
export function interpretSlowly(
  { slow, file }: DocumentReader,
  text: string,
): Result<Version, readonly Issue[]> {
  const read = slow.read(text, file);
  return read.ok ? ok({ ...read.value, text, head: extractHead(text, read.value), learned: true }) : read;
}

/** Returns the edited Version if that needs no slow path; undefined if only editVersion() can. */
export function editQuickly(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.isOlder === true) return undefined;
  const edited = changesHead(edit) ? undefined : base.edited?.(edit);
  return edited ?? spliceQuickly(base, edit) ?? spliceAndRead(base, edit);
}

/** Returns true if the edit changes the head: the hand-edited part or the bootId. */
export function changesHead(edit: EffectiveEdit): boolean {
  return (edit.bootId ?? edit.machine) !== undefined || changesNetworks(edit);
}

/** Returns true if the edit changes networks; fields without a section are changed together with them. */
export function changesNetworks({ networks, fields }: EffectiveEdit): boolean {
  return networks.size > 0 || fields !== undefined;
}

/**
 * Returns the edited Version without reading it again; undefined if a full check is needed. Behind a known
 * head, verifying the new entries suffices.
 */
function spliceQuickly(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.learned || base.layout === undefined || changesNetworks(edit)) return undefined;
  if (edit.machine !== undefined) return undefined;
  const changed = headAfter(base, edit);
  if (changed === undefined) return undefined;
  const text = spliceEdit(base.text, base.layout, edit);
  const document = applyEdit(base.document, edit);
  if (!hasEntries(text, edit) || !staysValid(document, edit)) return undefined;
  return { document, text, ...changed, layout: undefined };
}

/** Returns the edited Version by reading its text with the known head. */
function spliceAndRead(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.layout === undefined || changesHead(edit)) return undefined;
  const after = interpretQuickly(spliceEdit(base.text, base.layout, edit), base.head);
  return after !== undefined && isEditOf(base, after, edit) ? after : undefined;
}

/** Returns the known head after the edit; undefined if it must be learned again. */
function headAfter(
  { head, layout }: Version,
  { bootId }: EffectiveEdit,
): Pick<Version, 'head' | 'learned'> | undefined {
  if (bootId === undefined) return { head, learned: false };
  const known = head === undefined || layout?.bootId === undefined ? undefined : withBootId(head, bootId);
  return known === undefined ? undefined : { head: known, learned: true };
}

/** Returns true if `after` is `before` with the edit. */
export function isEditOf(before: Version, after: Version, edit: EffectiveEdit): boolean {
  return sameValue(withSections(after.document), withSections(applyEdit(before.document, edit)));
}

/** An empty section may be present or absent. */
function withSections(document: VnetDocument): VnetDocument {
  return { endpoints: {}, released: {}, ...document };
}
