/** A plan: the frozen, ordered list of steps that make the kernel match the document. Values only. */
import type { Disruption, FieldDifference } from '../model/kinds/kind.ts';
import type { Change } from '../model/ports/kernel.ts';
import type { NetObject, ObjectKey } from '../model/state.ts';

export { type Disruption, DISRUPTIONS, type FieldDifference } from '../model/kinds/kind.ts';

/**
 * One step of a plan.
 * Shape: `owner` is the owner of the object, an endpoint ID or a network name, if known; `needs` are keys of
 * objects whose steps must succeed first; `reason` is one clause (`recreate: veth peer is missing`); `pods` are the pods whose traffic it may affect, as namespace/name or container ID.
 * Law: invertChange() of its change undoes it.
 */
export type Step = {
  readonly key: ObjectKey;
  readonly owner?: string;
  readonly change: Change;
  readonly differences: readonly FieldDifference[];
  readonly reason: string;
  readonly disruption: Disruption;
  readonly pods: readonly string[];
  readonly needs: readonly ObjectKey[];
};

/** Why a step is not done now. Units: `nextTryMs` on the caller's clock. */
export type Hold = {
  readonly state: 'pending' | 'error' | 'contended' | 'paused' | 'reported';
  readonly reason: string;
  readonly nextTryMs?: number | undefined;
};

/**
 * The steps from observed to desired.
 * Shape: `steps` in order of execution; `foreign` are objects without our mark on our bridges and links:
 * reported, never changed.
 * Law: `steps` is empty exactly if desired equals observed on all owned objects.
 */
export type Plan = {
  readonly generation: number;
  readonly steps: readonly Step[];
  readonly foreign: readonly NetObject[];
};
