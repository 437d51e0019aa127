/** Tells drift from what is pending, by the document that the kernel was last wholly true to. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { derive } from '../../model/derive.ts';
import { type Causes, causesOf } from '../../plan/cause.ts';
import type { PlannedNode } from '../node/plan-node.ts';

/**
 * What is known of the past.
 * Shape: `converged` is the document of the last generation that the kernel was wholly true to, undefined when no round
 * has seen one; `isBeingMade` says of an endpoint whether its ADD may be running.
 */
export type CauseInputs = {
  readonly converged: VnetDocument | undefined;
  readonly isBeingMade: (endpoint: Endpoint) => boolean;
};

/** Returns the cause of each step of the plan; undefined when nothing is known of what was true before. */
export function causesOfPlan(
  document: VnetDocument,
  { plan, observation, desired }: PlannedNode,
  { converged, isBeingMade }: CauseInputs,
): Causes | undefined {
  if (converged === undefined) return undefined;
  // Whose namespace is gone since was wanted then: that it is not any more is no doing of others.
  const then = derive(settled(converged, document, isBeingMade), new Map(), observation.state);
  return causesOf(plan.steps, then.state, desired.state);
}

/** An ADD that is over has made all of its endpoint, whether or not a round has come by since. */
function settled(
  converged: VnetDocument,
  document: VnetDocument,
  isBeingMade: (endpoint: Endpoint) => boolean,
): VnetDocument {
  const made = Object.entries(document.endpoints ?? {}).flatMap(([id, endpoint]) => {
    if (converged.endpoints?.[id] !== undefined || isBeingMade(endpoint)) return [];
    // On its way out it was whole before: what is left of it is to go, which is nobody's doing.
    const { leaving: _leaving, ...whole } = endpoint;
    return [[id, whole] as const];
  });
  return { ...converged, endpoints: { ...converged.endpoints, ...Object.fromEntries(made) } };
}
