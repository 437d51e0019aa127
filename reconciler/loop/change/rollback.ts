/** Rolls back an unconfirmed change: the hand-edited part of the document, then the kernel. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { sameValue } from '../../document/edit.ts';
import { handEdited, restoreText } from '../../document/merge/restore.ts';
import type { Author, Edit, Problem, Snapshot } from '../../document/store/store.ts';
import { withMovedEndpoints } from '../../model/modes/mode-change.ts';
import { err, type Failure, failure, ok, renderFailure, type Result } from '../../model/result.ts';
import type { Step } from '../../plan/step.ts';
import { runRound } from '../round/round.ts';
import { type TentativeStore, type Tentative, touchedBy } from './tentative.ts';
import type { Session } from '../node/session.ts';

/**
 * The result of a rollback.
 * Shape: `generation` restores the previous configuration; `remaining` are objects that still differ, `failures` the reasons;
 * both are empty when the node is restored.
 */
export type RollbackResult = {
  readonly id: number;
  readonly why: string;
  readonly generation: number;
  readonly remaining: readonly Step[];
  readonly failures: readonly Failure[];
};

/** Returns true if the rollback is complete. */
export function isComplete({ remaining, failures }: RollbackResult): boolean {
  return remaining.length === 0 && failures.length === 0;
}

/**
 * Ensures that the document has its previous contents, as a new generation; that the kernel matches it; and that
 * no change is unconfirmed any more. Concurrent changes of other parts and CNI's entries are kept.
 * Must be called while holding the lock of the tentative store. Idempotent: after a kill, the next caller repeats it.
 * Errors: the document could not be restored; then the change is still unconfirmed.
 */
export function rollBackChange(
  session: Session,
  tentativeStore: TentativeStore,
  tentative: Tentative,
  why: string,
): Result<RollbackResult, Problem> {
  const now = session.store.read();
  if (!now.ok) return now;
  if (now.value === undefined) return err(noDocument(tentative));
  const back = restoreDocument(session, now.value, tentative, why);
  if (!back.ok) return back;
  const { document } = back.value;
  const exempt = touchedBy(tentative);
  const before = { ...document, networks: tentative.made };
  const round = runRound(session, { limit: 'hitless', before, exempt });
  const remaining = round.ok ? (round.value?.remaining ?? []).filter(isNew(tentative)) : [];
  const failures = round.ok ? (round.value?.failures ?? []) : [failureOf(round.error)];
  const left = round.ok && remaining.length === 0 ? { remaining, failures: [] } : { remaining, failures };
  const ended = left.failures.length + left.remaining.length === 0 ? left : undo(session, tentative, left);
  const cleared = tentativeStore.clear();
  if (!cleared.ok) return cleared;
  return ok({ id: tentative.id, why, generation: document.metadata.generation, ...ended });
}

function restoreDocument(
  { store }: Session,
  now: Snapshot,
  tentative: Tentative,
  why: string,
): Result<Snapshot, Problem> {
  const { networks } = tentative.back;
  const isSame = sameValue(now.document.networks, networks);
  if (isSame && handEdited(now.text) === handEdited(tentative.back.text)) return ok(now);
  const author: Author = { who: 'vnet revert', why };
  const text = restoreText(tentative.back.text, now.text, tentative.id);
  const taken = text === undefined ? undefined : store.submit(author, text, { movesPods: true });
  if (taken?.ok === true && taken.value.kind === 'taken') return ok(taken.value.snapshot);
  // If the layout differs, or the same lines were edited since, restore the previous values instead of the
  // text.
  const written = store.transact(author, (snapshot) =>
    ok({ edit: snapshot === undefined ? {} : editTo(snapshot.document, networks), value: undefined }),
  );
  if (!written.ok) return written;
  return ok(written.value.snapshot ?? now);
}

/** Returns the edit that restores the networks, with the endpoints as their modes have them. */
function editTo(document: VnetDocument, networks: VnetDocument['networks']): Edit {
  const { endpoints = {} } = document;
  const moved = withMovedEndpoints({ ...document, networks }, document).endpoints ?? {};
  const changed = Object.entries(moved).filter(([id, endpoint]) => endpoint !== endpoints[id]);
  return { networks: networkEdit(document.networks, networks), endpoints: new Map(changed) };
}

function networkEdit(
  now: VnetDocument['networks'],
  wanted: VnetDocument['networks'],
): ReadonlyMap<string, Network | undefined> {
  return new Map([...Object.keys(now), ...Object.keys(wanted)].map((name) => [name, wanted[name]]));
}

/** Steps that the document does not cover are undone one by one, as in a takeover. */
function undo(
  session: Session,
  tentative: Tentative,
  left: Pick<RollbackResult, 'remaining' | 'failures'>,
): Pick<RollbackResult, 'remaining' | 'failures'> {
  if (tentative.bootId !== session.bootId) return left;
  const keys = new Set(left.remaining.map(({ key }) => key));
  const changes = tentative.wayBack.filter((change) =>
    [...touchedBy({ wayBack: [change] })].some((key) => keys.has(key)),
  );
  if (changes.length > 0) session.rounds.hold('exclusive', () => ok(session.kernel.apply(changes)));
  const again = runRound(session, { limit: 'hitless', exempt: touchedBy(tentative) });
  if (!again.ok || again.value === undefined) return left;
  const remaining = again.value.remaining.filter(isNew(tentative));
  return { remaining, failures: remaining.length === 0 ? [] : again.value.failures };
}

function isNew({ known }: Tentative): (step: Step) => boolean {
  const before = new Set(known);
  return ({ key }) => !before.has(key);
}

function failureOf(problem: Problem): Failure {
  if (problem.kind === 'failure') return problem;
  const text = problem.issues.map(({ message }) => message).join('; ');
  return failure('invalid', 'read the document', text);
}

function noDocument({ back }: Tentative): Failure {
  return failure('not-found', 'roll back the change', 'the document is gone', {
    hint: `Restore generation ${back.generation} by hand; its text is in tentative.json, field back.text.`,
  });
}

/** Returns the result as lines of text: the restored generation, or the remaining steps. */
export function renderRollback(ending: RollbackResult): readonly string[] {
  const { id, generation, why, remaining, failures } = ending;
  if (isComplete(ending)) {
    return [
      `Rolled back generation ${id} (${why}). Generation ${generation} restores the previous configuration and is applied.`,
    ];
  }
  return [
    `Rollback of generation ${id} (${why}) is INCOMPLETE. The document is restored as generation ${generation}.`,
    ...failures.map((one) => `  ${renderFailure(one)}`),
    ...remaining.map(({ key, reason }) => `  remaining: ${key} (${reason})`),
    'The next vnet reconcile continues.',
  ];
}
