/** What keeps a round from repairs that are possible: pauses, policy, contention, backoff, the bound of deletions. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Restraints } from '../../plan/admit.ts';
import type { Pause } from '../../plan/pause.ts';
import { contentionOf } from './contention.ts';
import { isDriftStep, type RoundMemory } from './digest.ts';
import { backoffOf } from './object-status.ts';

/** The most objects that one round removes; the others are removed in the next. */
export const MAX_DELETIONS = 100;

/**
 * What is known when a round begins.
 * Shape: `pauses` are valid ones; `wanted` of the memory may be absent, then only what was heard being changed is drift.
 * Units: `nowMs` on the clock of the memory.
 */
export type RestraintInputs = {
  readonly document: Pick<VnetDocument, 'policy'>;
  readonly pauses: readonly Pause[];
  readonly memory: RoundMemory;
  readonly nowMs: number;
};

/** Returns the restraints. Law: what the document newly asks for is held by a pause or a backoff, by no policy. */
export function restraintsOf({ document, pauses, memory, nowMs }: RestraintInputs): Restraints {
  const { wanted, evidence, contests, tracking } = memory;
  return {
    policy: document,
    isDrift: (step) => isDriftStep(step, wanted, evidence),
    pauses,
    backoff: (step) => contentionOf(contests, step.key, nowMs) ?? backoffOf(tracking, step, nowMs),
    deletions: MAX_DELETIONS,
  };
}
