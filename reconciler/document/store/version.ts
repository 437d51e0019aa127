/** A text of the document with its meaning, and how an edit makes the next one. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Held } from '../../model/addresses/pool.ts';
import type { Failure, Issue, Result } from '../../model/result.ts';
import { err, failure, ok } from '../../model/result.ts';
import { staysValid } from '../check/change.ts';
import { applyEdit, type EffectiveEdit, sameValue } from '../edit.ts';
import { type KnownHead, learnHead, readFast, withBootId } from '../text/head.ts';
import type { Layout } from '../layout.ts';
import type { Reading, SlowPath } from '../slow-path.ts';
import { hasEntries, spliceEdit } from '../text/splice.ts';

/**
 * A text that was read or is to be written.
 * Shape: `bytes` are its encoding, if available; `head` is its known head; `learned`: the head is not cached
 * yet; `edited` makes an edit outside the head without scanning the whole text, if available; `held` indexes
 * its endpoints until it is edited.
 */
export type Version = Reading & {
  readonly text: string;
  readonly bytes?: Uint8Array;
  readonly head: KnownHead | undefined;
  readonly learned: boolean;
  readonly held?: Held;
  readonly edited?: (edit: EffectiveEdit) => Version | undefined;
};

/** Reader of any document. Shape: `file` is its name in issues. */
export type Reader = { readonly slow: SlowPath; readonly file: string };

/**
 * Returns the text's Version by the known head and the scanner; undefined if only the slow path can.
 * `isChecked`: exactly this text was validated before.
 */
export function interpretQuickly(
  text: string,
  head: KnownHead | undefined,
  isChecked = false,
): Version | undefined {
  const fast = head === undefined ? undefined : readFast(text, head, isChecked);
  return fast === undefined ? undefined : { ...fast, text, head, learned: false };
}

/** Returns the text's Version: as interpretQuickly() if possible, else as interpretSlowly(). */
export function interpret(
  reader: Reader,
  text: string,
  head: KnownHead | undefined,
  isChecked = false,
): Result<Version, readonly Issue[]> {
  const quick = interpretQuickly(text, head, isChecked);
  return quick === undefined ? interpretSlowly(reader, text) : ok(quick);
}

/** Returns the text's Version by the slow path, with a newly learned head. */
export function interpretSlowly({ slow, file }: Reader, text: string): Result<Version, readonly Issue[]> {
  const read = slow.read(text, file);
  return read.ok ? ok({ ...read.value, text, head: learnHead(text, read.value), learned: true }) : read;
}

/** Returns the edited Version if that needs no slow path; undefined if only editVersion() can. */
export function editQuickly(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.isOlder === true) return undefined;
  const edited = changesHead(edit) ? undefined : base.edited?.(edit);
  return edited ?? spliceQuickly(base, edit) ?? spliceAndRead(base, edit);
}

/**
 * Returns the edited Version: as editQuickly() if possible, else by a text edit whose result is verified,
 * else rewritten by the YAML library.
 * A Version of an older format is upgraded first.
 * Errors: `invalid` if the edit would make the document invalid, `unsupported` if its form allows no edit.
 */
export function editVersion(reader: Reader, base: Version, edit: EffectiveEdit): Result<Version> {
  const quick = editQuickly(base, edit);
  if (quick !== undefined) return ok(quick);
  if (base.isOlder !== true) return editText(reader, base, edit, edit);
  const upgraded = upgradeVersion(reader, base);
  return upgraded.ok ? editVersion(reader, upgraded.value, edit) : upgraded;
}

/** Returns the Version in the present format. Errors: `unsupported` if its form allows no upgrade. */
export function upgradeVersion(reader: Reader, base: Version): Result<Version> {
  if (base.isOlder !== true) return ok(base);
  const upgraded = interpretSlowly(reader, reader.slow.upgrade(base.text));
  if (upgraded.ok && upgraded.value.isOlder !== true) return upgraded;
  const hint =
    'Write each network and its pool as a block of lines, as in the sample vnet.yaml; or set the new form by hand.';
  const message = 'the layout of the document does not allow an upgrade to the present version';
  return err(failure('unsupported', 'upgrade the document', message, { hint }));
}

/**
 * Returns the edited Version by an edit of its text, in the format that it has; `written` is the edit in that format.
 * Errors: as editVersion().
 */
export function editText(
  reader: Reader,
  base: Version,
  edit: EffectiveEdit,
  written: EffectiveEdit,
): Result<Version> {
  const { slow } = reader;
  const layout = changesHead(edit) || base.layout === undefined ? layoutOf(reader, base) : base.layout;
  const texts = [
    () => (layout === undefined ? undefined : spliceAll(base.text, layout, written, slow)),
    () => slow.rewrite(base.text, written),
  ];
  let refused: Failure | undefined;
  for (const render of texts) {
    const text = render();
    if (text === undefined) continue;
    const after = interpret(reader, text, base.head);
    if (after.ok && isAsWanted(base, after.value, edit)) return after;
    refused ??= after.ok ? undefined : invalidEdit(after.error);
  }
  const message = 'the layout of the document does not allow an edit in place';
  const hint = 'Write its endpoints as a block of lines, as in the sample vnet.yaml.';
  return err(refused ?? failure('unsupported', 'change the document', message, { hint }));
}

/** Returns the Failure of an edit that would make the document invalid. */
export function invalidEdit(issues: readonly Issue[]): Failure {
  const all = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const hint = 'Nothing was written. Correct the change.';
  return failure('invalid', 'change the document', `the change would make the document invalid: ${all}`, {
    hint,
  });
}

/** Returns true if the edit changes the head: the hand-edited part or the bootId. */
export function changesHead(edit: EffectiveEdit): boolean {
  return edit.bootId !== undefined || changesNetworks(edit);
}

/** Fields without a section of their own are changed together with networks. */
function changesNetworks({ networks, fields }: EffectiveEdit): boolean {
  return networks.size > 0 || fields !== undefined;
}

/** A known head may not locate its bootId, and a text that was just edited has no layout. */
function layoutOf({ slow, file }: Reader, { text }: Version): Layout | undefined {
  const reading = slow.read(text, file);
  return reading.ok ? reading.value.layout : undefined;
}

function spliceAll(text: string, layout: Layout, edit: EffectiveEdit, slow: SlowPath): string {
  const spliced = spliceEdit(text, layout, edit);
  return changesNetworks(edit) ? slow.rewriteNetworks(spliced, edit) : spliced;
}

/**
 * Returns the edited Version without reading it again; undefined if a full check is needed. Behind a known
 * head, verifying the new entries suffices.
 */
function spliceQuickly(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.learned || base.layout === undefined || changesNetworks(edit)) return undefined;
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
  return after !== undefined && isAsWanted(base, after, edit) ? after : undefined;
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

function isAsWanted(before: Version, after: Version, edit: EffectiveEdit): boolean {
  return sameValue(withSections(after.document), withSections(applyEdit(before.document, edit)));
}

/** An empty section may be present or absent. */
function withSections(document: VnetDocument): VnetDocument {
  return { endpoints: {}, released: {}, ...document };
}
