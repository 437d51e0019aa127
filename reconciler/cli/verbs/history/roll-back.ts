/** `vnet rollback`: makes the hand-edited part of an older generation a new generation. */
import { rolledBack } from '../../../document/merge/rewritten.ts';
import type { SlowPath } from '../../../document/slow-path.ts';
import type { Problem, Store } from '../../../document/store/store.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { NameAuthor } from '../../../app/author.ts';
import { renderChange, changeVerb } from '../../terminal/change-text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { generationOf, type NodeHistory, latestOf } from './generations.ts';
import type { Output } from '../../../app/output.ts';
import { diffDocuments } from '../../../document/merge/changes.ts';

/** Dependencies: as NodeHistory, plus a store that accepts documents. */
export type RollbackPlace = NodeHistory & {
  readonly store: Pick<Store, 'read' | 'submit'>;
  readonly slow: SlowPath;
  readonly authorOf: NameAuthor;
};

/** The generation to restore, and the reason. */
export type RollbackChoice = { readonly generation: number; readonly why: string | undefined };

/**
 * Creates a generation with the hand-edited part of an older one; endpoints stay as they are.
 * Errors: `refused` if it does not fit the present endpoints; `conflict` if the document changed meanwhile.
 */
export function rollback(
  node: RollbackPlace,
  { generation, why }: RollbackChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const old = generationOf(node, generation);
  if (!old.ok) return old;
  const latest = latestOf(node);
  if (!latest.ok) return latest;
  const text = rolledBack(node.slow, old.value, latest.value);
  if (!text.ok) {
    const hint = 'See the attached pods with vnet get endpoints; vnet edit can restore parts.';
    const message = `it does not fit the attached endpoints: ${text.error.message}`;
    return fail('refused', `roll back to generation ${generation}`, message, { hint });
  }
  const author = node.authorOf('vnet rollback', why ?? `back to generation ${generation}`);
  const ifGeneration = latest.value.document.metadata.generation;
  const done = node.store.submit(author, text.value, { ifGeneration });
  if (!done.ok) return done;
  if (done.value.kind === 'conflict') return ok(EXIT.conflict);
  if (done.value.kind === 'unchanged') {
    output.print(`unchanged: generation ${ifGeneration} equals ${generation}`);
    return ok(EXIT.done);
  }
  const { document } = done.value.snapshot;
  for (const change of diffDocuments(latest.value.document, document)) {
    output.print(output.paint(changeVerb(change), `  ${renderChange(change)}`));
  }
  output.print(
    `Generation ${document.metadata.generation} restores generation ${generation}; endpoints are unchanged.\n` +
      `Next: vnet reconcile --dry-run, then vnet reconcile. Undo: vnet rollback ${ifGeneration}.`,
  );
  return ok(EXIT.done);
}
