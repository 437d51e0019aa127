/** Reads back the result of a change, and returns all differences. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Problem } from '../../document/store/store.ts';
import { isAlive, isAttached } from '../../model/endpoints.ts';
import { withRemovedNetworks } from '../../model/capabilities.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { scopeOfChange } from '../../model/modes/mode-change.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Step } from '../../plan/step.ts';
import { admitNow } from '../node/admission.ts';
import { planNodeFrom } from '../node/plan-node.ts';
import type { Session } from '../node/session.ts';

/** The verified change. Shape: `before` and `applied` are the documents; `known` are objects that differed before it. */
export type VerifiedChange = {
  readonly before: VnetDocument;
  readonly applied: VnetDocument;
  readonly known: readonly ObjectKey[];
};

/**
 * Returns all differences from the document, except those before the change and those of pods that started or stopped
 * since. Runs exclusively, so that no ADD or DEL is in progress.
 */
export function findMismatches(session: Session, made: VerifiedChange): Result<readonly Step[], Problem> {
  const now = session.store.read();
  if (!now.ok) return now;
  if (now.value === undefined) return fail('not-found', 'verify', 'the document is gone');
  return session.rounds.hold('exclusive', () => unfinishedSteps(session, made));
}

function unfinishedSteps(
  session: Session,
  { before, applied, known }: VerifiedChange,
): Result<readonly Step[]> {
  const read = session.store.read();
  const document = read.ok ? (read.value?.document ?? applied) : applied;
  const target = withRemovedNetworks(document, before);
  const observed = session.kernel.observe(scopeOfChange(target, before));
  if (!observed.ok) return observed;
  const { namespaces } = observed.value;
  const { plan } = admitNow(session, planNodeFrom(target, observed.value, before).plan);
  const earlier = new Set(known);
  const isPassing = ({ owner }: Step): boolean => {
    const endpoint = owner === undefined ? undefined : document.endpoints?.[owner];
    if (owner === undefined || endpoint === undefined) return false;
    return (
      applied.endpoints?.[owner] === undefined || !isAttached(endpoint) || !isAlive(endpoint, namespaces)
    );
  };
  return ok(plan.steps.filter((step) => !earlier.has(step.key) && !isPassing(step)));
}
