/** Why the loop leaves a step for now: pause, policy, fight, backoff, in this order. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { policyOf } from '../../model/policy.ts';
import { subjectOf } from '../../plan/order.ts';
import type { Step } from '../../plan/step.ts';
import { contentionOf } from '../report/contention.ts';
import { isDriftStep, type Memory } from '../report/digest.ts';
import { type Gate, gatePlan, type HoldOf } from './gate.ts';
import { backoffOf } from '../report/object-status.ts';
import { type Pause, pauseOf } from '../files/pause.ts';

/**
 * What is known when a plan comes.
 * Shape: `pauses` are valid ones; `wanted` of the memory may be absent, then only what was heard being changed is drift.
 * Units: `nowMs` on the clock of the memory.
 */
export type Holding = {
  readonly document: Pick<VnetDocument, 'policy'>;
  readonly pauses: readonly Pause[];
  readonly memory: Memory;
  readonly nowMs: number;
};

/** Returns the gate of one round. Law: what the document newly asks for is held by a pause or a backoff, by no policy. */
export function gateOf(holding: Holding): Gate {
  const holdOf = decideBy(holding);
  return (plan) => gatePlan(plan, holdOf);
}

function decideBy({ document, pauses, memory, nowMs }: Holding): HoldOf {
  return (step) =>
    pauseOf(pauses, step) ??
    policyHold(document, step, memory) ??
    contentionOf(memory.contests, step.key, nowMs) ??
    backoffOf(memory.tracking, step, nowMs);
}

function policyHold(
  document: Pick<VnetDocument, 'policy'>,
  step: Step,
  { wanted, evidence }: Memory,
): ReturnType<HoldOf> {
  const action = policyOf(document, subjectOf(step.change));
  if (action === 'repair' || !isDriftStep(step, wanted, evidence)) return undefined;
  if (action === 'ignore') return 'ignore';
  return { state: 'reported', reason: 'policy: report; repair with vnet reconcile --override' };
}
