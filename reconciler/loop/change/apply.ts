/** Applies a previewed change so that it can be rolled back at any moment: plan on disk, document, kernel, verification. */
import type { DocumentChange } from '../../document/history/history.ts';
import type { Author, Conflict, Problem, Snapshot } from '../../document/store/store.ts';
import { type Failure, ok, type Result } from '../../model/result.ts';
import { invertSteps } from '../../plan/invert.ts';
import type { Disruption, Step } from '../../plan/step.ts';
import type { ChangePreview } from './preview-change.ts';
import { type RollbackResult, rollBackChange } from './rollback.ts';
import { type Round, runRound } from '../round/round.ts';
import { type TentativeStore, TENTATIVE_FORMAT, type Tentative } from './tentative.ts';
import { findMismatches } from '../round/verify.ts';
import type { Session } from '../node/session.ts';

/**
 * The request of an apply.
 * Shape: `text` is the text of the preview; absent: the document is unchanged, only the kernel converges.
 * Units: `windowMs` milliseconds.
 */
export type ApplyRequest = {
  readonly preview: ChangePreview;
  readonly text: string | undefined;
  readonly author: Author;
  readonly limit: Disruption;
  readonly windowMs?: number | undefined;
  readonly ifGeneration?: number | undefined;
};

/** Dependencies of an apply besides the session. */
export type ApplyHooks = {
  /** Resolves after the time. Units: milliseconds. */
  readonly wait: (durationMs: number) => Promise<void>;
  /** True after a request to stop (SIGINT). */
  readonly isInterrupted: () => boolean;
  /** Ensures the end of the window without a user: called with the change on disk, before the first write to the kernel. */
  readonly arm: (tentative: Tentative) => void;
  readonly tell: (event: ApplyEvent) => void;
};

/** Progress of an apply. Units: milliseconds. */
export type ApplyEvent =
  | { readonly kind: 'planned'; readonly generation: number; readonly actions: number }
  | {
      readonly kind: 'applied' | 'verified';
      readonly generation: number;
      readonly done: number;
      readonly durationMs: number;
    };

/**
 * The outcome of an apply.
 * Shape: `mismatches` are all remaining differences; `partly`: the document did not change, so there is
 * nothing to roll back.
 */
export type ApplyOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly latest: number }
  | {
      readonly kind: 'applied';
      readonly generation: number;
      readonly merged: readonly DocumentChange[];
      readonly open: Tentative | undefined;
      readonly round: Round | undefined;
    }
  | {
      readonly kind: 'partly';
      readonly mismatches: readonly Step[];
      readonly failures: readonly Failure[];
    }
  | {
      readonly kind: 'rolled-back';
      readonly ending: RollbackResult;
      readonly mismatches: readonly Step[];
      readonly failures: readonly Failure[];
      readonly isInterrupted: boolean;
    };

/** Delay of the second check after the first: immediate reverts have happened by then. Units: milliseconds. */
const SECOND_LOOK_MS = 1000;

/**
 * Resolves to the result. The rollback plan is on disk before the first write; a failed verification rolls back.
 * Must be called while holding the lock of the tentative store, without an unconfirmed change.
 * Errors: nothing was changed, or the change is still unconfirmed and the next reconcile rolls it back.
 */
export async function applyPreview(
  session: Session,
  tentativeStore: TentativeStore,
  request: ApplyRequest,
  around: ApplyHooks,
): Promise<Result<ApplyOutcome, Problem>> {
  const { preview } = request;
  if (preview.changes.length + preview.plan.steps.length === 0) return ok({ kind: 'unchanged' });
  if (around.isInterrupted()) return ok({ kind: 'interrupted' });
  if (preview.changes.length === 0) return repair(session, request, around);
  const tentative = describe(session, tentativeStore, request);
  const written = tentativeStore.write(tentative);
  if (!written.ok) return written;
  around.tell({ kind: 'planned', generation: tentative.id, actions: preview.plan.steps.length });
  const taken = submit(session, request);
  if (!taken.ok || taken.value.kind === 'conflict') {
    const cleared = tentativeStore.clear();
    if (!cleared.ok) return cleared;
  }
  if (!taken.ok) return taken;
  if (taken.value.kind === 'conflict') {
    const { conflicts, latest } = taken.value;
    return ok({ kind: 'conflict', conflicts, latest: generationOf(latest) });
  }
  const { snapshot } = taken.value;
  const named = { ...tentative, id: generationOf(snapshot) };
  const renamed = named.id === tentative.id ? ok(undefined) : tentativeStore.write(named);
  if (!renamed.ok) return renamed;
  // After the document, which others wait for: until the kernel changes, an abandoned change has disturbed nothing.
  if (named.window !== undefined) around.arm(named);
  return carryOut(
    session,
    tentativeStore,
    { request, tentative: named, snapshot, merged: taken.value.merged },
    around,
  );
}

/** The document is unchanged: the kernel converges as far as possible. */
async function repair(
  session: Session,
  { preview, limit }: ApplyRequest,
  { tell }: ApplyHooks,
): Promise<Result<ApplyOutcome, Problem>> {
  const { document } = preview;
  const { generation } = document.metadata;
  const started = performance.now();
  tell({ kind: 'planned', generation, actions: preview.plan.steps.length });
  const round = runRound(session, { limit });
  if (!round.ok) return round;
  const done = changedIn(round);
  tell({ kind: 'applied', generation, done, durationMs: performance.now() - started });
  const { remaining = [], failures = [] } = round.value ?? {};
  if (remaining.length > 0) return ok({ kind: 'partly', mismatches: remaining, failures });
  tell({ kind: 'verified', generation, done, durationMs: performance.now() - started });
  return ok({ kind: 'applied', generation, merged: [], open: undefined, round: round.value });
}

function changedIn(round: Result<Round | undefined, Problem>): number {
  const outcomes = round.ok ? (round.value?.outcomes ?? []) : [];
  return outcomes.filter(({ status }) => status === 'changed').length;
}

function describe(
  session: Session,
  tentativeStore: TentativeStore,
  { preview, author, windowMs }: ApplyRequest,
): Tentative {
  const { before, document, plan, known } = preview;
  const now = session.now();
  const window = (lengthMs: number): NonNullable<Tentative['window']> => ({
    lengthMs,
    deadline: new Date(now.getTime() + lengthMs).toISOString(),
    deadlineUptimeMs: tentativeStore.uptimeMs() + lengthMs,
  });
  return {
    format: TENTATIVE_FORMAT,
    id: document.metadata.generation,
    state: 'applying',
    started: now.toISOString(),
    author,
    bootId: session.bootId,
    ...(windowMs === undefined ? {} : { window: window(windowMs) }),
    back: { generation: generationOf(before), text: before.text, networks: before.document.networks },
    made: document.networks,
    wayBack: invertSteps(plan.steps),
    known,
  };
}

type Taken =
  | { readonly kind: 'taken'; readonly snapshot: Snapshot; readonly merged: readonly DocumentChange[] }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly latest: Snapshot };

function submit(
  { store }: Session,
  { text, author, preview, ifGeneration }: ApplyRequest,
): Result<Taken, Problem> {
  if (text === undefined) return ok({ kind: 'taken', snapshot: preview.before, merged: [] });
  const options = { movesPods: true, ...(ifGeneration === undefined ? {} : { ifGeneration }) };
  const submitted = store.submit(author, text, options);
  if (!submitted.ok) return submitted;
  return submitted.value.kind === 'unchanged'
    ? ok({ kind: 'taken', snapshot: submitted.value.snapshot, merged: [] })
    : ok(submitted.value);
}

type Work = {
  readonly request: ApplyRequest;
  readonly tentative: Tentative;
  readonly snapshot: Snapshot;
  readonly merged: readonly DocumentChange[];
};

async function carryOut(
  session: Session,
  tentativeStore: TentativeStore,
  work: Work,
  around: ApplyHooks,
): Promise<Result<ApplyOutcome, Problem>> {
  const { request, tentative, snapshot, merged } = work;
  const { before } = request.preview;
  const started = performance.now();
  const since = (): number => performance.now() - started;
  const round = runRound(session, { limit: request.limit, before: before.document });
  const verify = (): Result<readonly Step[], Problem> =>
    findMismatches(session, { before: before.document, applied: snapshot.document, known: tentative.known });
  const changed = changedIn(round);
  if (round.ok)
    around.tell({ kind: 'applied', generation: tentative.id, done: changed, durationMs: since() });
  const first = round.ok ? verify() : round;
  // A failed step without remaining differences is no failure: another round or an ADD may have done it.
  const isFine = first.ok && first.value.length === 0 && !around.isInterrupted();
  if (isFine) await around.wait(SECOND_LOOK_MS);
  const last = isFine ? verify() : first;
  if (last.ok && last.value.length === 0 && !around.isInterrupted()) {
    around.tell({ kind: 'verified', generation: tentative.id, done: changed, durationMs: since() });
    const kept = keep(tentativeStore, tentative);
    if (!kept.ok) return kept;
    const value = round.ok ? round.value : undefined;
    return ok({ kind: 'applied', generation: tentative.id, merged, open: kept.value, round: value });
  }
  const isInterrupted = around.isInterrupted();
  const why = isInterrupted ? 'interrupted' : 'verification failed';
  const ending = rollBackChange(session, tentativeStore, tentative, why);
  if (!ending.ok) return ending;
  return ok({
    kind: 'rolled-back',
    ending: ending.value,
    mismatches: last.ok ? last.value : [],
    failures: failuresIn(round, last),
    isInterrupted,
  });
}

/** A window stays open until it is confirmed; without one the change is final. */
function keep(tentativeStore: TentativeStore, tentative: Tentative): Result<Tentative | undefined> {
  if (tentative.window === undefined) {
    const cleared = tentativeStore.clear();
    return cleared.ok ? ok(undefined) : cleared;
  }
  const open: Tentative = { ...tentative, state: 'open' };
  const written = tentativeStore.write(open);
  return written.ok ? ok(open) : written;
}

function failuresIn(
  round: Result<Round | undefined, Problem>,
  last: Result<readonly Step[], Problem>,
): readonly Failure[] {
  if (round.ok) return [...(round.value?.failures ?? []), ...asFailure(last)];
  return asFailure(round);
}

function asFailure(result: Result<unknown, Problem>): readonly Failure[] {
  return !result.ok && result.error.kind === 'failure' ? [result.error] : [];
}

function generationOf({ document }: Snapshot): number {
  return document.metadata.generation;
}
