/** Applies pools and peers of the cluster to the node's document, as a person's `vnet apply` without a window. */
import { library } from '../../../app/library.ts';
import { createHistory } from '../../../document/history/history.ts';
import { applyPreview, type ApplyOutcome } from '../../../loop/change/apply.ts';
import { previewChange } from '../../../loop/change/preview-change.ts';
import { err, fail, type FailureCode, ok, type Result } from '../../../model/result.ts';
import { type ApplyParts, asFailure, messageOf, readBefore, REVISION_AUTHOR } from '../apply-revision.ts';
import { type FieldsChange, handEditedFields } from '../overlay.ts';
import { renderRevision } from '../revision-text.ts';

/** The name of the source, in messages and as the author `kubernetes:podCIDRs`. */
const SOURCE = 'podCIDRs';

/**
 * Ensures that the document has the wanted fields, and the kernel follows. Must be called while holding the lock of the tentative store.
 * Errors: `busy`: another change is unconfirmed; `invalid`: the document would be; `refused`: pods would be interrupted.
 */
export async function applyFields(parts: ApplyParts, change: FieldsChange): Promise<Result<void>> {
  const before = readBefore(parts);
  if (!before.ok) return before;
  const wanted = change(handEditedFields(before.value.document));
  if (wanted === undefined) return ok(undefined);
  const rendered = renderRevision(before.value, { wanted, previous: {}, isOverwriting: true }, SOURCE);
  if (!rendered.ok) return refused('invalid', messageOf(rendered.error));
  const { text } = rendered.value;
  if (text === undefined) return ok(undefined);
  const limit = 'hitless';
  const history = createHistory(parts.sys, parts.documentPath, library);
  const request = { text, file: SOURCE, permission: { limit, withdraw: false } } as const;
  const previewed = previewChange(parts.session, history, before.value, request);
  if (!previewed.ok) return refused('invalid', messageOf(previewed.error));
  if (previewed.value.kind === 'conflict') return refused('conflict', 'the document changed meanwhile');
  const { preview } = previewed.value;
  if (preview.refusals.length > 0) {
    return refused('refused', preview.refusals.map(({ message }) => message).join('; '));
  }
  const author = { who: `${REVISION_AUTHOR}${SOURCE}`, why: 'the podCIDRs of the cluster' };
  const ifGeneration = preview.before.document.metadata.generation;
  const { session, tentativeStore, hooks } = parts;
  const order = { preview, text, author, limit, ifGeneration } as const;
  const applied = await applyPreview(session, tentativeStore, order, hooks);
  return applied.ok ? resultOf(applied.value, parts) : err(asFailure(applied.error));
}

function resultOf(outcome: ApplyOutcome, { record }: ApplyParts): Result<void> {
  if (outcome.kind === 'applied' && outcome.round !== undefined) record(outcome.round);
  if (outcome.kind === 'applied' || outcome.kind === 'unchanged') return ok(undefined);
  const said =
    outcome.kind === 'rolled-back' ? 'the kernel did not match: rolled back' : `it is ${outcome.kind}`;
  return refused('io', said);
}

function refused(code: FailureCode, message: string): Result<void> {
  const hint = 'It is tried again. vnet drift and vnet status show the cause.';
  return fail(code, 'apply the podCIDRs of the cluster', message, { hint });
}
