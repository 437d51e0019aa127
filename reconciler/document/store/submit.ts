/** Texts submitted by a verb, not saved by an editor; and discarding refused edits. */
import { err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { NO_CHANGE } from '../edit.ts';
import { archive } from '../history/archive.ts';
import { decideEdit } from '../merge/decide-edit.ts';
import { readLines } from '../history/lines.ts';
import { publish, snapshotOf, toRefused } from './publish.ts';
import { editBetween, lineEditOf, rebuildDocument } from '../history/rebuild.ts';
import type { Problem, RefusedSave, Snapshot, Submission } from '../snapshot.ts';
import type { EditDecision, EditedText, StorePlace, SubmittedText, CurrentDocument } from './current.ts';
import { editVersion } from './edit-version.ts';
import { interpret, type DocumentReader, type Version } from './version.ts';

const STEP = 'apply the text';

/**
 * Submits the text as the next generation, merged with all changes since the one it names. The caller holds
 * the lock.
 */
export function submitText(
  place: StorePlace,
  reader: DocumentReader,
  request: SubmittedText,
): Result<Submission | 'overtaken', Problem> {
  const { before, text, options } = request;
  const latest = before.version?.document.metadata.generation ?? 0;
  const { ifGeneration = latest } = options;
  if (ifGeneration !== latest) return err(otherGeneration(latest, ifGeneration));
  if (before.version === undefined) return submitFirst(place, reader, request);
  const decided = decide(place, reader, before.version, { text, movesPods: options.movesPods === true });
  if (!decided.ok) return decided;
  const decision = decided.value;
  switch (decision.kind) {
    case 'foreign':
      return err(foreign(decision.version.document.metadata.node, place.node));
    case 'invalid':
      return err({ kind: 'issues', issues: decision.issues });
    case 'same':
      return ok({ kind: 'unchanged', snapshot: toSnapshot(before, before.version) });
    case 'conflict':
      return ok({
        kind: 'conflict',
        conflicts: decision.conflicts,
        latest: toSnapshot(before, before.version),
      });
    case 'taken':
      return take(place, request, decision);
    default:
      return decision satisfies never;
  }
}

function decide(
  { sys, node }: StorePlace,
  reader: DocumentReader,
  good: Version,
  submitted: Pick<EditedText, 'text' | 'movesPods'>,
): Result<EditDecision> {
  const read = readLines(sys, reader.file);
  if (!read.ok) return read;
  const archived = { ...reader, sys, document: reader.file, lines: read.value };
  const baseOf = (generation: number) => rebuildDocument(archived, generation);
  return decideEdit(reader, node, { ...submitted, good, baseOf });
}

function take(
  place: StorePlace,
  { before, author }: SubmittedText,
  { version, edit, merged }: Omit<Extract<EditDecision, { kind: 'taken' }>, 'kind'>,
): Result<Submission | 'overtaken', Problem> {
  const { generation } = version.document.metadata;
  const draft = { generation, author, edit, text: version.text };
  const after = publish(place, before, { ...version, learned: true }, [draft]);
  if (!after.ok) return after;
  if (after.value === 'overtaken') return ok('overtaken');
  return ok({ kind: 'taken', snapshot: toSnapshot(after.value, version), merged });
}

/** Without a document, the text becomes the first generation. */
function submitFirst(
  place: StorePlace,
  reader: DocumentReader,
  request: SubmittedText,
): Result<Submission | 'overtaken', Problem> {
  const read = interpret(reader, request.text, undefined);
  if (!read.ok) return err({ kind: 'issues', issues: read.error });
  const { node, generation } = read.value.document.metadata;
  if (node !== place.node) return err(foreign(node, place.node));
  const next = editVersion(reader, read.value, { ...NO_CHANGE, generation: generation + 1 });
  if (!next.ok) return next;
  const { document } = next.value;
  const { apiVersion, kind, metadata, networks } = document;
  const edit = editBetween(
    { apiVersion, kind, metadata, networks: {} },
    { ...document, endpoints: {}, released: {} },
    generation,
  );
  return take(place, request, {
    version: next.value,
    yours: read.value.document,
    edit: lineEditOf({ networks }, edit),
    merged: [],
  });
}

/**
 * Discards the newest refused edit: the generation in force replaces it if it is still the document's file.
 * Returns it with the path of its copy; undefined without a refused edit. The caller holds the lock.
 */
export function discardSave(
  place: StorePlace,
  before: CurrentDocument,
): Result<RefusedSave | undefined | 'overtaken', Problem> {
  const { version, refusedEdits } = before;
  if (version === undefined || refusedEdits === undefined) return ok(undefined);
  if (refusedEdits.fresh !== undefined) {
    const after = publish(place, before, version, []);
    if (!after.ok) return after;
    if (after.value === 'overtaken') return ok('overtaken');
  }
  const refusals = archive.refusals(place);
  if (!refusals.ok) return refusals;
  const { saves } = refusals.value;
  const last = saves.at(-1);
  if (last === undefined) return ok(undefined);
  const { generation } = version.document.metadata;
  const change = { kept: saves.slice(0, -1), fresh: undefined, ended: [last] };
  const [file = last.file] = archive.finish(place, change, generation);
  return ok({ ...toRefused(last), file });
}

function toSnapshot(current: CurrentDocument, version: Version): Snapshot {
  return snapshotOf(current, version) ?? { text: version.text, document: version.document };
}

function otherGeneration(latest: number, wanted: number): Failure {
  const message = `the document is at generation ${latest}, not ${wanted}`;
  const hint = `See the changes with \`vnet diff ${wanted} ${latest}\`, then start from generation ${latest}.`;
  return failure('conflict', STEP, message, { hint });
}

function foreign(node: string, own: string): Failure {
  const hint = 'Nothing was changed. If the node was renamed, correct metadata.node.';
  return failure('refused', STEP, `the document belongs to node ${node}, this node is ${own}`, { hint });
}
