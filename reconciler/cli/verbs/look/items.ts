/** Desired and observed kernel objects side by side. Pure. */
import { keyOf, type NetObject, type ObjectKey } from '../../../model/state.ts';
import type { Cause } from '../../../plan/cause.ts';
import type { FieldDifference, Step } from '../../../plan/step.ts';
import { renderSide } from '../../../plan/text.ts';
import type { NodeComparison } from './compare-node.ts';
import { omitUndefined } from '../../../model/objects.ts';

/**
 * The state of an object. `elsewhere`: absent, but not needed: a chained plugin provides a substitute in the
 * pod.
 */
export type ItemState = 'ok' | 'missing' | 'differs' | 'extra' | 'foreign' | 'elsewhere';

/**
 * One object.
 * Shape: `owner` is the ID of its endpoint or the name of its network; `cause` and `acceptedUntil` only if it
 * differs.
 */
export type Item = {
  readonly key: ObjectKey;
  readonly owner: string | undefined;
  readonly want: NetObject | undefined;
  readonly have: NetObject | undefined;
  readonly state: ItemState;
  readonly differences: readonly FieldDifference[];
  readonly cause?: Cause;
  readonly acceptedUntil?: string;
};

const STATES = { create: 'missing', update: 'differs', delete: 'extra' } as const;

/**
 * Returns all objects that are desired, ours, or on our bridges: the desired in the order of their keys, then
 * the others.
 */
export function listItems({ planned, accepted, causes }: NodeComparison): readonly Item[] {
  const { plan, observation, desired } = planned;
  const steps = new Map<ObjectKey, Step>();
  // A replacement is two steps with one key; its second step decides the state.
  for (const step of plan.steps) {
    if (step.change.verb !== 'delete' || !steps.has(step.key)) steps.set(step.key, step);
  }
  const until = new Map(accepted.map(({ step, acceptance }) => [step.key, acceptance.until]));
  const itemOf = (key: ObjectKey, want: NetObject | undefined): Item => {
    const [step, have, cause, acceptedUntil] = [
      steps.get(key),
      observation.state.get(key),
      causes?.get(key),
      until.get(key),
    ];
    const quiet = have === undefined && want !== undefined ? 'elsewhere' : 'ok';
    return {
      key,
      owner: desired.owners.get(key) ?? step?.owner,
      want,
      have,
      state: step === undefined ? quiet : STATES[step.change.verb],
      differences: step?.differences ?? [],
      ...omitUndefined({ cause, acceptedUntil }),
    };
  };
  const extra = [...steps.keys()].filter((key) => !desired.state.has(key));
  return [
    ...Array.from(desired.state, ([key, want]) => itemOf(key, want)),
    ...extra.map((key) => itemOf(key, undefined)),
    ...plan.foreign.map((have) => foreignItem(have)),
  ];
}

function foreignItem(have: NetObject): Item {
  return { key: keyOf(have), owner: undefined, want: undefined, have, state: 'foreign', differences: [] };
}

/** Returns the state for a table: `differs: mtu want 1500 have 1400 (drift)`. */
export function renderItemState({ state, differences, cause, acceptedUntil }: Item): string {
  const fields = differences
    .map(({ field, want, have }) => `${field} want ${renderSide(want)} have ${renderSide(have)}`)
    .join(', ');
  const why = acceptedUntil === undefined ? cause : `accepted until ${acceptedUntil}`;
  return [
    state === 'differs' ? `differs: ${fields}` : state,
    ...(why === undefined ? [] : [`(${why})`]),
  ].join(' ');
}
