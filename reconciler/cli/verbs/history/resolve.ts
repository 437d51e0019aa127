/** `vnet edit --resolve` and `--discard`: resolve or drop a refused edit. */
import type { History } from '../../../document/history/history.ts';
import { withOwnValues } from '../../../document/merge/rewritten.ts';
import type { SlowPath } from '../../../document/slow-path.ts';
import type { Conflict, Problem, RefusedSave, Snapshot, Store } from '../../../document/store/store.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { NameAuthor } from '../../../app/author.ts';
import { valueText } from '../../terminal/change-text.ts';
import { type InitialText, issueNote, type EditPorts } from './edit-text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';

/** The input of a resolution. */
export type RefusedHistory = { readonly history: History; readonly slow: SlowPath };

/**
 * Returns the refused text for editing: an invalid one as saved; a conflicting one merged with later changes,
 * keeping its own values in the conflicts. The reasons are in the notes.
 * Errors: `not-found` without a refused edit.
 */
export function beginResolving(
  node: RefusedHistory,
  snapshot: Snapshot,
  ports: Pick<EditPorts, 'read'>,
): Result<InitialText, Problem> {
  const { refused, document } = snapshot;
  const { generation } = document.metadata;
  if (refused === undefined) return nothing(generation);
  const text = ports.read(refused.file);
  if (!text.ok) return text;
  if (refused.conflicts.length === 0) {
    const head = `Saved at ${refused.time}, refused: invalid.`;
    return ok({ text: text.value, notes: [head, ...refused.issues.map(issueNote)], isWanted: false });
  }
  const base = refused.base === undefined ? ok(undefined) : node.history.at(refused.base);
  if (!base.ok) return base;
  const own = withOwnValues(node.slow, text.value, base.value?.document, snapshot);
  if (!own.ok) return own;
  return ok({ text: own.value, notes: conflictNotes(refused, generation), isWanted: true });
}

function conflictNotes({ time, base, conflicts }: RefusedSave, latest: number): readonly string[] {
  return [
    `Saved at ${time} from generation ${base ?? 'unknown'}, refused: conflicts with later changes.`,
    ...conflicts.map(conflictText),
    `The text below is generation ${latest} with your values. Change them or keep them.`,
  ];
}

function conflictText({ path, base, yours, theirs }: Conflict): string {
  return `${path}  base ${valueText(base)}  yours ${valueText(yours)}  theirs ${valueText(theirs)}`;
}

function nothing(generation: number): Result<never, Problem> {
  const message = `none: generation ${generation} is in force`;
  return fail('not-found', 'find a refused edit', message, {
    hint: 'To edit the document in force, use vnet edit.',
  });
}

/** Discards the refused edit and prints the path of its copy. */
export function discardRefused(
  store: Pick<Store, 'discard' | 'read'>,
  authorOf: NameAuthor,
  output: Output,
): Result<ExitCode, Problem> {
  const dropped = store.discard(authorOf('vnet edit --discard'));
  if (!dropped.ok) return dropped;
  if (dropped.value === undefined) {
    output.print('Nothing to discard: no refused edit.');
    return ok(EXIT.done);
  }
  output.print(`Discarded; a copy is in ${dropped.value.file}.`);
  return ok(EXIT.done);
}
