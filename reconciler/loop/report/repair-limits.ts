/** Reasons to hold possible repairs: pauses, policy, contention, backoff, the bound on deletions. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { RepairLimits } from '../../plan/admit.ts';
import type { Pause } from '../../plan/pause.ts';
import { contentionOf } from './contention.ts';
import { isDriftStep, isLeavingIn, type RoundMemory } from './digest.ts';
import { backoffOf } from './object-status.ts';

/** The most objects that one round removes; the others are removed in the next. */
export const MAX_DELETIONS = 100;

/**
 * State at the start of a round.
 * Shape: `pauses` are valid ones; without `wanted` in the memory, only announced changes count as drift.
 * Units: `nowMs` on the clock of the memory.
 */
export type RepairLimitInputs = {
  readonly document: Pick<VnetDocument, 'policy' | 'endpoints'>;
  readonly pauses: readonly Pause[];
  readonly memory: RoundMemory;
  readonly nowMs: number;
};

/** Returns the repair limits. Law: a change of the document is held by a pause or backoff, but not by policy. */
export function repairLimitsOf({ document, pauses, memory, nowMs }: RepairLimitInputs): RepairLimits {
  const { wanted, evidence, repairHistories, tracking } = memory;
  const past = { wanted, evidence, isLeaving: (owner: string) => isLeavingIn(document, owner) };
  return {
    policy: document,
    isDrift: (step) => isDriftStep(step, past),
    pauses,
    backoff: (step) => contentionOf(repairHistories, step.key, nowMs) ?? backoffOf(tracking, step, nowMs),
    deletions: MAX_DELETIONS,
  };
}
