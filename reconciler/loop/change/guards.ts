/** Objections to a change of the document, before anything is written. Pure. */
import { count } from '../../model/words.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { parseEndpointId, podNameOf } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import { describePools, type PoolSummary } from '../../model/addresses/pool-summary.ts';
import { isWithin } from '../../plan/disruption.ts';
import type { Disruption, Step } from '../../plan/step.ts';

/** Why a change is refused. Shape: `pods` are the affected ones; `hint` is the remedy. */
export type Refusal = {
  readonly reason: 'disruption' | 'withdrawn' | 'attached';
  readonly message: string;
  readonly hint: string;
  readonly pods: readonly string[];
};

/**
 * The limits of a change.
 * Shape: `limit` is the highest disruption; `withdraw`: leased addresses may leave the pool.
 */
export type Permission = { readonly limit: Disruption; readonly withdraw: boolean };

/** A change of the document. Shape: `steps` are those that it causes. */
export type PlannedChange = {
  readonly before: VnetDocument;
  readonly after: VnetDocument;
  readonly steps: readonly Step[];
};

/** Returns all objections to the change; none if it may be made. */
export function refusalsOf(change: PlannedChange, permission: Permission, now: Date): readonly Refusal[] {
  return [
    ...disruptionRefusals(change.steps, permission.limit),
    ...(permission.withdraw ? [] : withdrawalRefusals(change, now)),
  ];
}

function disruptionRefusals(steps: readonly Step[], limit: Disruption): readonly Refusal[] {
  const beyond = steps.filter(({ disruption }) => !isWithin(disruption, limit));
  const [first] = beyond;
  if (first === undefined) return [];
  const worst = beyond.reduce(
    (worse, step) => (isWithin(step.disruption, worse.disruption) ? worse : step),
    first,
  );
  const pods = unique(beyond.flatMap((step) => step.pods));
  const keys = beyond.map(({ key, disruption }) => `${key} (${disruption})`);
  return [
    {
      reason: 'disruption',
      message: `exceeds --max-disruption ${limit}: ${shorten(keys)}`,
      hint: `allow it with --max-disruption ${worst.disruption}`,
      pods,
    },
  ];
}

/** Pods keep addresses that leave the pool; the user must confirm it. */
function withdrawalRefusals({ before, after }: PlannedChange, now: Date): readonly Refusal[] {
  return Object.keys(after.networks).flatMap((name): readonly Refusal[] => {
    const earlier = networkOf(before, name) === undefined ? [] : withdrawnFrom(before, name, now);
    const known = new Set(earlier.map(({ address }) => address));
    const held = withdrawnFrom(after, name, now).filter(({ address }) => !known.has(address));
    if (held.length === 0) return [];
    const names = held.map(
      ({ address, pod, endpoint }) => `${pod ?? parseEndpointId(endpoint).containerId} ${address}`,
    );
    return [
      {
        reason: 'withdrawn',
        message: `the pool of ${name} would lose leased addresses: ${shorten(names)}`,
        hint: 'keep them in the pool, or use --withdraw: the pods keep these addresses, and they are not assigned again',
        pods: held.map(({ pod, endpoint }) => pod ?? parseEndpointId(endpoint).containerId),
      },
    ];
  });
}

function withdrawnFrom(document: VnetDocument, name: string, now: Date): PoolSummary['withdrawn'] {
  return describePools(document, name, now).flatMap(({ withdrawn }) => withdrawn);
}

/**
 * Returns an objection for each removed network with attached pods: no text removes an endpoint, and an
 * endpoint needs its network.
 */
export function attachedRefusals(before: VnetDocument, wanted: VnetDocument): readonly Refusal[] {
  const gone = Object.keys(before.networks).filter((name) => networkOf(wanted, name) === undefined);
  return gone.flatMap((name): readonly Refusal[] => {
    const endpoints = Object.entries(before.endpoints ?? {}).filter(([id]) => id.startsWith(`${name}/`));
    if (endpoints.length === 0) return [];
    const pods = endpoints.map(([id, endpoint]) => podNameOf(id, endpoint));
    return [
      {
        reason: 'attached',
        message: `network ${name} would be removed with ${count(pods.length, 'attached pod')}: ${shorten(pods)}`,
        hint: 'remove these pods first (drain the node), then apply again. A network with pods cannot be renamed',
        pods,
      },
    ];
  });
}

/** Number of names in a message; the JSON form has all. */
const FEW = 8;

function shorten(names: readonly string[]): string {
  const more = names.length > FEW ? ` and ${names.length - FEW} more` : '';
  return `${names.slice(0, FEW).join(', ')}${more}`;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
