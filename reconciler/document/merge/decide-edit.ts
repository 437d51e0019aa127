/** Decides about a text submitted or saved by a person. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { withMovedEndpoints } from '../../model/modes/mode-change.ts';
import { ok, type Result } from '../../model/result.ts';
import { diffDocuments } from './changes.ts';
import { sameValue } from '../edit.ts';
import { extractHead } from '../text/head.ts';
import { journalEditOf } from '../history/journal.ts';
import { mergeDocuments } from './merge.ts';
import { modeChangeIssues } from './mode-changes.ts';
import { editBetween, lineEditOf } from '../history/rebuild.ts';
import { handEdited } from './restore.ts';
import { comparable } from './shape.ts';
import type { EditDecision, EditedText } from '../store/current.ts';
import { issueOfFile } from '../text/utf8.ts';
import { editVersion } from '../store/edit-version.ts';
import type { DocumentReader, Version } from '../store/version.ts';

/**
 * Returns the decision: the text is merged three ways with all changes since the generation it names. The
 * merged text is the submitted one with the other changes inserted. `node` is this node's name.
 */
export function decideEdit(
  reader: DocumentReader,
  node: string,
  { text, good, baseOf, movesPods }: EditedText,
): Result<EditDecision> {
  const read = reader.slow.read(text, reader.file);
  if (!read.ok) return ok({ kind: 'invalid', base: undefined, issues: read.error });
  const yours: Version = { ...read.value, text, head: extractHead(text, read.value), learned: true };
  const { metadata } = yours.document;
  if (metadata.node !== node) return ok({ kind: 'foreign', version: yours });
  const latest = good.document.metadata.generation;
  const base = metadata.generation < latest ? baseOf(metadata.generation) : ok(good.document);
  if (!base.ok) return base;
  const merged = mergeDocuments({
    base: base.value,
    yours: yours.document,
    theirs: good.document,
  });
  if (merged.kind === 'conflict') {
    return ok({ kind: 'conflict', base: metadata.generation, conflicts: merged.conflicts });
  }
  return ok(takeMerged(reader, { yours, good, movesPods }, merged.document));
}

type Sides = { readonly yours: Version; readonly good: Version } & Pick<EditedText, 'movesPods'>;

function takeMerged(
  reader: DocumentReader,
  { yours, good, movesPods }: Sides,
  made: VnetDocument,
): EditDecision {
  const changes = modeChangeIssues(good.document, made, { file: reader.file, movesPods });
  if (changes.length > 0) {
    return { kind: 'invalid', base: yours.document.metadata.generation, issues: changes };
  }
  const merged = withMovedEndpoints(made, good.document);
  const latest = good.document.metadata.generation;
  const named = yours.document.metadata.generation;
  const generation = Math.max(latest + 1, named);
  const next = editVersion(reader, yours, editBetween(yours.document, merged, generation));
  if (!next.ok) {
    const message = `merged with the changes since generation ${named}: ${next.error.message}`;
    const hint = 'resolve the contradiction, or start again with `vnet edit`';
    const issues = [issueOfFile(reader.file, 'merge-invalid', message, hint)];
    return { kind: 'invalid', base: named, issues };
  }
  const isSame = sameValue(comparable(next.value.document), comparable(good.document));
  if (isSame && named <= latest && handEdited(next.value.text) === handEdited(good.text))
    return { kind: 'same' };
  const edit = editBetween(good.document, next.value.document, generation);
  return {
    kind: 'taken',
    version: next.value,
    yours: yours.document,
    merged: diffDocuments(yours.document, next.value.document),
    edit: lineEditOf(journalEditOf(edit), edit, good),
  };
}
