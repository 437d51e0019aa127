/** Applies a revision to the node's document, by the same transaction as `vnet apply --confirm-within`. */
import { createHistory } from '../../document/history/history.ts';
import type { Problem } from '../../document/store/store.ts';
import { library } from '../../app/library.ts';
import { applyPreview, type ApplyHooks, type ApplyOutcome } from '../../loop/change/apply.ts';
import { expireLocked } from '../../loop/change/expire-tentative.ts';
import { type ChangePreview, previewChange } from '../../loop/change/preview-change.ts';
import type { TentativeStore } from '../../loop/change/tentative.ts';
import type { Session } from '../../loop/node/session.ts';
import type { Round } from '../../loop/round/round.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { err, fail, failure, type Failure, ok, renderFailure, type Result } from '../../model/result.ts';
import type { RevisionRequest } from './agent-node.ts';
import type { AttemptPlan, AttemptState, RevisionAttempt } from './attempt.ts';
import { DISRUPTIONS } from '../../plan/step.ts';
import { fieldsDigest } from './digest.ts';
import { foreignFields } from './overlay.ts';
import { renderRevision } from './revision-text.ts';

/** The author of changes by a revision: `kubernetes:<revision>`. */
export const REVISION_AUTHOR = 'kubernetes:';

const CONFIRM_SECONDS = 120;

/** The parts of the node that an apply needs. Shape: `record` stores the round for status and events. */
export type ApplyParts = {
  readonly sys: Sys;
  readonly documentPath: string;
  readonly session: Session;
  readonly tentativeStore: TentativeStore;
  readonly hooks: ApplyHooks;
  readonly record: (round: Round) => void;
};

/**
 * Resolves to the attempt. Must be called while holding the lock of the tentative store.
 * Errors: nothing was changed, and a later attempt may succeed.
 */
export async function applyRevision(
  parts: ApplyParts,
  request: RevisionRequest,
): Promise<Result<RevisionAttempt>> {
  const { revision, spec, record } = request;
  const { name } = revision.metadata;
  const fields = revision.spec.document;
  const end = (state: AttemptState, reason: string, message: string, more: Partial<RevisionAttempt> = {}) =>
    ok<RevisionAttempt>({ ...attemptOf(request), state, reason, message, ...more });
  const foreign = foreignFields(fields);
  if (foreign.length > 0) {
    const message = `a revision cannot have ${foreign.join(', ')}: these are the node's own`;
    return end('refused', 'ForeignFields', message);
  }
  const known = record.confirmed;
  if (known?.revision === name && known.digest !== fieldsDigest(fields)) {
    return end('refused', 'RevisionChanged', `revision ${name} was changed: create another one instead`);
  }
  const before = readBefore(parts);
  if (!before.ok) return before;
  const overlay = { wanted: fields, previous: known?.fields ?? {}, isOverwriting: spec.overwrite === true };
  const rendered = renderRevision(before.value, overlay, name);
  if (!rendered.ok) return end('refused', 'Invalid', messageOf(rendered.error));
  const { text, localEdits } = rendered.value;
  if (text === undefined) {
    const edited = `edited on the node, and kept: ${localEdits.join(', ')}`;
    const message = localEdits.length === 0 ? 'the node has it already' : edited;
    return end('confirmed', 'Unchanged', message, { localEdits });
  }
  const limit = spec.maxDisruption ?? 'hitless';
  const history = createHistory(parts.sys, parts.documentPath, library);
  const change = { text, file: `revision ${name}`, permission: { limit, withdraw: false } };
  const previewed = previewChange(parts.session, history, before.value, change);
  if (!previewed.ok)
    return previewed.error.kind === 'issues'
      ? end('refused', 'Invalid', messageOf(previewed.error))
      : err(previewed.error);
  if (previewed.value.kind === 'conflict') return err(overtaken(name));
  const { preview } = previewed.value;
  if (preview.refusals.length > 0) {
    const message = preview.refusals.map((refusal) => refusal.message).join('; ');
    return end('refused', 'Refused', message, { plan: planOf(preview) });
  }
  return carryOut(parts, request, { preview, text, localEdits });
}

/** Returns the effect of the change. */
function planOf({ steps }: ChangePreview): AttemptPlan {
  const worst = Math.max(0, ...steps.map(({ disruption }) => DISRUPTIONS.indexOf(disruption)));
  const affecting = steps.filter(({ disruption }) => disruption !== 'hitless');
  const pods = new Set(affecting.flatMap((step) => step.pods ?? []));
  return { steps: steps.length, disruption: DISRUPTIONS[worst] ?? 'hitless', pods: pods.size };
}

type BegunAttempt = Omit<RevisionAttempt, 'state' | 'reason' | 'message'>;

function attemptOf({ revision, specGeneration }: RevisionRequest): BegunAttempt {
  const fields = revision.spec.document;
  const digest = fieldsDigest(fields);
  return { revision: revision.metadata.name, specGeneration, digest, localEdits: [], fields };
}

/** Returns the document, after the end of an expired window. Errors: `busy`: a change is unconfirmed; `not-found`: no document. */
export function readBefore({
  session,
  tentativeStore,
}: Pick<ApplyParts, 'session' | 'tentativeStore'>): Result<NonNullable<Snapshot>> {
  const expired = expireLocked(session, tentativeStore);
  if (!expired.ok) return err(asFailure(expired.error));
  const open = tentativeStore.read();
  if (!open.ok) return open;
  if (open.value !== undefined) {
    const { author, id } = open.value;
    return fail('busy', 'apply the revision', `generation ${id} of ${author.who} is unconfirmed`);
  }
  const read = session.store.read();
  if (!read.ok) return err(asFailure(read.error));
  if (read.value !== undefined) return ok(read.value);
  const hint = 'The first ADD of a pod writes it.';
  return fail('not-found', 'apply the revision', 'the node has no document yet', { hint });
}

type ReadSnapshot = ReturnType<Session['store']['read']>;
type Snapshot = Extract<ReadSnapshot, { ok: true }>['value'];

type Made = {
  readonly preview: ChangePreview;
  readonly text: string;
  readonly localEdits: readonly string[];
};

async function carryOut(
  { session, tentativeStore, hooks, record }: ApplyParts,
  request: RevisionRequest,
  { preview, text, localEdits }: Made,
): Promise<Result<RevisionAttempt>> {
  const { revision, spec } = request;
  const { name } = revision.metadata;
  const { reason } = revision.spec;
  const applied = await applyPreview(
    session,
    tentativeStore,
    {
      preview,
      text,
      author: { who: `${REVISION_AUTHOR}${name}`, ...(reason === undefined ? {} : { why: reason }) },
      limit: spec.maxDisruption ?? 'hitless',
      windowMs: (spec.confirmWithinSeconds ?? CONFIRM_SECONDS) * 1000,
      ifGeneration: preview.before.document.metadata.generation,
    },
    hooks,
  );
  if (!applied.ok) return err(asFailure(applied.error));
  const outcome = applied.value;
  if (outcome.kind === 'applied' && outcome.round !== undefined) record(outcome.round);
  return attemptFrom(outcome, { ...attemptOf(request), localEdits, plan: planOf(preview) });
}

function attemptFrom(outcome: ApplyOutcome, attempt: BegunAttempt): Result<RevisionAttempt> {
  const { revision } = attempt;
  const end = (state: AttemptState, reason: string, message: string) =>
    ok<RevisionAttempt>({ ...attempt, state, reason, message });
  switch (outcome.kind) {
    case 'unchanged':
      return end('confirmed', 'Unchanged', 'the node has it already');
    case 'interrupted':
      return fail('interrupted', `apply revision ${revision}`, 'the agent was asked to stop');
    case 'conflict':
      return err(overtaken(revision));
    case 'applied': {
      const { generation } = outcome;
      const message = `generation ${generation} has revision ${revision}`;
      const state = outcome.open === undefined ? 'confirmed' : 'open';
      return ok({ ...attempt, state, reason: 'Applied', message, generation });
    }
    case 'partly':
      return end('failed', 'Partly', `${outcome.mismatches.length} objects do not match: see vnet status`);
    case 'rolled-back': {
      const why = outcome.failures.map(renderFailure).join('; ');
      const message = `rolled back as generation ${outcome.ending.generation}: ${why || 'the kernel did not match'}`;
      return end('rolled-back', 'RolledBack', message);
    }
    default:
      return outcome satisfies never;
  }
}

function overtaken(name: string): Failure {
  return failure('conflict', `apply revision ${name}`, 'the document changed meanwhile', {
    hint: 'It is tried again.',
  });
}

/** Returns a problem as a Failure: the issues of a document in one line. */
export function asFailure(problem: Problem): Failure {
  return problem.kind === 'failure' ? problem : failure('invalid', 'read the document', messageOf(problem));
}

/** Returns the text of a problem in one line. */
export function messageOf(problem: Problem): string {
  if (problem.kind === 'failure') return renderFailure(problem);
  return problem.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
}
