/**
 * A plan: the frozen, ordered list of steps that make the kernel what the document says. Values only; nothing here
 * reads or changes anything.
 */
import type { Disruption, FieldDifference } from '../model/kinds/kind.ts';
import type { Change } from '../model/ports/kernel.ts';
import type { NetObject, ObjectKey } from '../model/state.ts';

export { type Disruption, DISRUPTIONS, type FieldDifference } from '../model/kinds/kind.ts';

/**
 * One step of a plan.
 * Shape: `owner` is whom the object is for, an endpoint's id or a network's name, where that is known; `needs` are keys of
 * objects whose steps must have succeeded before this one is tried; `reason` is one clause ("missing: deleted by someone else or never made"); `pods` are the pods whose traffic it may touch, as
 * namespace/name or container id.
 * Law: `invert` of a step undoes it; inverting twice gives the step back.
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

/** Why a step is not done now. Units: `nextTryMs` on the clock of the caller. */
export type Hold = {
  readonly state: 'pending' | 'error' | 'contended' | 'paused' | 'reported';
  readonly reason: string;
  readonly nextTryMs?: number | undefined;
};

/**
 * The way from observed to desired.
 * Shape: `steps` in the order in which they are applied; `foreign` are objects seen on our bridges and links that
 * carry no mark of ours: listed, never touched.
 * Law: `steps` is empty exactly when desired equals observed on all owned objects.
 */
export type Plan = {
  readonly generation: number;
  readonly steps: readonly Step[];
  readonly foreign: readonly NetObject[];
};
