/** Whether a round would have anything to do at all. */
import { adoptLeases } from './adopt.ts';
import type { Problem } from '../../document/store/store.ts';
import { ok, type Result } from '../../model/result.ts';
import { judgeEndpoints } from './evidence.ts';
import { type PreviewWorld, previewRound, type Round, roundOfNothing, type RoundOptions } from './round.ts';

/**
 * Returns the round that would change nothing, neither in the kernel nor in the document, and would leave nothing undone;
 * undefined when there is anything else to it.
 * Law: where it returns a round, runRound() would return one that says the same.
 */
export function findNothing(world: PreviewWorld, options: RoundOptions): Result<Round | undefined, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
  const { document, isUnrecorded, refused } = snapshot.value;
  const { bootId, now } = world;
  if (isUnrecorded === true || refused !== undefined || document.metadata.bootId !== bootId)
    return ok(undefined);
  const previewed = previewRound(world, options);
  if (!previewed.ok || previewed.value === undefined) return previewed.ok ? ok(undefined) : previewed;
  const { planned, plan, accepted, held } = previewed.value;
  const { observation } = planned;
  const isLeft = Object.values(document.endpoints ?? {}).some(({ leaving }) => leaving !== undefined);
  const isIdle =
    !isLeft &&
    plan.steps.length + accepted.length + held.length === 0 &&
    judgeEndpoints(document, observation.namespaces, { now: now(), bootId }).size === 0 &&
    adoptLeases(document, observation, false).size === 0;
  return ok(isIdle ? roundOfNothing(previewed.value.document, planned) : undefined);
}
