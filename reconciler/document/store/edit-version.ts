/** Edits of a text that need full YAML support, and the upgrade of an older text. Pure; off the ADD path. */
import { err, fail, type Failure, failure, type Issue, ok, type Result } from '../../model/result.ts';
import type { EffectiveEdit } from '../edit.ts';
import type { Layout } from '../layout.ts';
import type { NewDocument, SlowPath } from '../slow-path.ts';
import { spliceEdit } from '../text/splice.ts';
import {
  changesHead,
  changesNetworks,
  editQuickly,
  interpret,
  interpretSlowly,
  isEditOf,
  type DocumentReader,
  type Version,
} from './version.ts';

/** Returns the Version of a new document. Errors: `invalid` if its contents break a rule. */
export function createVersion(reader: DocumentReader, contents: NewDocument): Result<Version> {
  const version = interpret(reader, reader.slow.create(contents), undefined);
  return version.ok ? version : err(invalidEdit(version.error));
}

/**
 * Returns the edited Version: as editQuickly() if possible, else by a text edit whose result is verified,
 * else rewritten by the YAML library.
 * A Version of an older format is upgraded first.
 * Errors: `invalid` if the edit would make the document invalid, `unsupported` if its form allows no edit.
 */
export function editVersion(reader: DocumentReader, base: Version, edit: EffectiveEdit): Result<Version> {
  const quick = editQuickly(base, edit);
  if (quick !== undefined) return ok(quick);
  if (base.isOlder !== true) return editWritten(reader, base, edit, edit);
  const upgraded = upgradeVersion(reader, base);
  return upgraded.ok ? editVersion(reader, upgraded.value, edit) : upgraded;
}

/** Returns the Version in the present format. Errors: `unsupported` if its form allows no upgrade. */
export function upgradeVersion(reader: DocumentReader, base: Version): Result<Version> {
  if (base.isOlder !== true) return ok(base);
  const upgraded = interpretSlowly(reader, reader.slow.upgrade(base.text));
  if (upgraded.ok && upgraded.value.isOlder !== true) return upgraded;
  const hint =
    'Write each network and its pool as a block of lines, as in the sample vnet.yaml; or set the new form by hand.';
  const message = 'the layout of the document does not allow an upgrade to the present version';
  return fail('unsupported', 'upgrade the document', message, { hint });
}

/**
 * Returns the edited Version by an edit of its text, in the format that it has; `written` is the edit in that format.
 * Errors: as editVersion().
 */
export function editWritten(
  reader: DocumentReader,
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
    if (after.ok && isEditOf(base, after.value, edit)) return after;
    refused ??= after.ok ? undefined : invalidEdit(after.error);
  }
  const message = 'the layout of the document does not allow an edit in place';
  const hint = 'Write its endpoints as a block of lines, as in the sample vnet.yaml.';
  return err(refused ?? failure('unsupported', 'change the document', message, { hint }));
}

/** Returns the Failure of an edit that would make the document invalid. */
function invalidEdit(issues: readonly Issue[]): Failure {
  const all = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const hint = 'Nothing was written. Correct the change.';
  return failure('invalid', 'change the document', `the change would make the document invalid: ${all}`, {
    hint,
  });
}

/** A known head may not locate its bootId, and a text that was just edited has no layout. */
function layoutOf({ slow, file }: DocumentReader, { text }: Version): Layout | undefined {
  const reading = slow.read(text, file);
  return reading.ok ? reading.value.layout : undefined;
}

function spliceAll(text: string, layout: Layout, edit: EffectiveEdit, slow: SlowPath): string {
  const spliced = spliceEdit(text, layout, edit);
  return changesNetworks(edit) ? slow.rewriteNetworks(spliced, edit) : spliced;
}
