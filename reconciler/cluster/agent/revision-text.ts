/** The text of a node's document with a revision laid over it. Pure. */
import { NO_CHANGE, sameValue } from '../../document/edit.ts';
import type { Problem, Snapshot } from '../../document/snapshot.ts';
import { readDocument } from '../../document/yaml/read.ts';
import { slowPath } from '../../document/yaml/slow.ts';
import { err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { type DocumentFields, handEditedFields, overlayRevision, type OverlayRequest } from './overlay.ts';

/** The text and the fields that stay as they were edited on the node. Shape: `text` is undefined if nothing changes. */
export type RevisionText = { readonly text: string | undefined; readonly localEdits: readonly string[] };

/**
 * Returns the text; comments and all other lines stay.
 * Errors: issues if the node's document would be invalid with the revision; `unsupported` if its text allows no such change.
 */
export function renderRevision(
  { text, document }: Snapshot,
  request: OverlayRequest,
  name: string,
): Result<RevisionText, Problem> {
  const have = handEditedFields(document);
  const { fields, localEdits } = overlayRevision(have, request);
  if (sameValue(have, fields)) return ok({ text: undefined, localEdits });
  const changed = slowPath.rewriteNetworks(text, {
    ...NO_CHANGE,
    generation: document.metadata.generation,
    fields: changedSections(have, fields),
  });
  const read = readDocument(changed, `revision ${name}`);
  if (!read.ok) return err({ kind: 'issues', issues: read.error });
  if (!sameValue(handEditedFields(read.value), fields)) return err(unsupported(name));
  return ok({ text: changed, localEdits });
}

function unsupported(name: string): Failure {
  const message = 'the layout of the document does not allow the change';
  return failure('unsupported', `apply revision ${name}`, message, {
    hint: 'Write networks as blocks of lines, as in the sample vnet.yaml; run vnet migrate if the document is of version 1.',
  });
}

/** The sections with another value; their unchanged parts keep text and comments. */
function changedSections(have: DocumentFields, fields: DocumentFields): ReadonlyMap<string, unknown> {
  const names = [...new Set([...Object.keys(have), ...Object.keys(fields)])];
  return new Map(
    names.filter((name) => !sameValue(have[name], fields[name])).map((name) => [name, fields[name]]),
  );
}
