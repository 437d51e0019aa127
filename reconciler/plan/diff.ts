/** The one planner: what must be done so that the kernel holds what the document says. Pure. */
import type { Desired } from '../model/derive.ts';
import type { Change } from '../model/kernel.ts';
import { isMark, MARK, parseEndpointId } from '../model/names.ts';
import type { Ownership } from '../model/ownership.ts';
import {
  HOST,
  keyOf,
  type LinkObject,
  type NetObject,
  type ObjectKey,
  type RouteObject,
  type State,
} from '../model/state.ts';
import { differingFields, renderDifferences } from './compare.ts';
import { disruptionOf } from './disruption.ts';
import { indexNeeds, type NeedIndex, needsOf } from './needs.ts';
import { orderSteps, subjectOf } from './order.ts';
import type { Plan, Step } from './step.ts';

/**
 * What is compared.
 * Shape: `podsOf` names the pods an owner (endpoint id or network) stands for, as people know them.
 */
export type Comparison = {
  readonly generation: number;
  readonly desired: Desired;
  readonly observed: State;
  readonly owns: Ownership;
  readonly podsOf: (owner: string) => readonly string[];
};

/**
 * Returns the plan that leads from observed to desired.
 * Laws: equal states give no step; what is not owned is never deleted; the order of objects in either state does not
 * matter; after the plan the owned part of the kernel equals desired.
 */
export function diff(comparison: Comparison): Plan {
  const { desired, observed, generation } = comparison;
  const routes = podRoutesOf(observed);
  const changes = [
    ...Array.from(desired.state.values()).flatMap((want) =>
      changesFor(want, desired.state, observed, routes),
    ),
    ...Array.from(observed)
      .filter(([key, have]) => !desired.state.has(key) && comparison.owns(have))
      .map(([, have]): Change => ({ verb: 'delete', have })),
  ];
  const context = { index: indexNeeds(desired.state), hasOrphans: hasOrphans(comparison) };
  const steps = changes.map((change) => stepOf(change, comparison, context));
  return { generation, steps: orderSteps(steps), foreign: foreignOf(comparison) };
}

function changesFor(
  want: NetObject,
  desired: State,
  observed: State,
  podRoutes: ReadonlySet<string>,
): readonly Change[] {
  const have = observed.get(keyOf(want));
  if (have === undefined) {
    if (isPeer(want)) return [{ verb: 'update', want, have: { ...want, up: false }, fields: ['up'] }];
    const isCovered = want.kind === 'route' && podRoutes.has(podRouteKey(want));
    return isCovered ? [] : [createOf(want, desired)];
  }
  if (mustReplace(want, have, desired, observed)) return [{ verb: 'delete', have }, createOf(want, desired)];
  const fields = differingFields(want, have);
  return fields.length === 0 ? [] : [{ verb: 'update', want, have, fields }];
}

/** The pod's end comes with the host's end, down: what is left to do is to set it up. */
function isPeer(want: NetObject): want is LinkObject {
  return want.kind === 'link' && want.netns !== HOST;
}

/** A veth brings its peer along: the peer's MAC and MTU can only be given when both are made. */
function createOf(want: NetObject, desired: State): Change {
  if (want.kind !== 'link' || want.peer === undefined) return { verb: 'create', want };
  const peer = desired.get(peerKey(want));
  if (peer?.kind !== 'link') return { verb: 'create', want };
  // Down at first: what leads to the pod is made before the pod can send.
  return { verb: 'create', want, peer: { ...peer, up: false } };
}

function peerKey(link: LinkObject): ObjectKey {
  const { netns, name } = link.peer ?? { netns: HOST, name: '' };
  return keyOf({ kind: 'link', netns, name, type: 'veth' });
}

/** A veth whose other end is not in its pod can't be mended: the pair is made anew. */
function mustReplace(want: NetObject, have: NetObject, desired: State, observed: State): boolean {
  if (want.kind !== 'link' || have.kind !== 'link' || want.peer === undefined) return false;
  return desired.has(peerKey(want)) && (have.peer === undefined || !observed.has(peerKey(want)));
}

/**
 * Returns what the pods have routes to. In a pod, a route that is there in any form is somebody's doing: another table
 * (sbr), another interface (Multus). Only when there is none at all is it missing.
 */
function podRoutesOf(observed: State): ReadonlySet<string> {
  const routes = Array.from(observed.values()).filter(
    (object) => object.kind === 'route' && object.netns !== HOST,
  );
  return new Set(routes.flatMap((route) => (route.kind === 'route' ? [podRouteKey(route)] : [])));
}

function podRouteKey({ netns, family, to }: RouteObject): string {
  return `${netns} ${family} ${to}`;
}

/** True when there is a veth of ours that no record knows: its pod may still be alive. */
function hasOrphans({ desired, observed, owns }: Comparison): boolean {
  return Array.from(observed).some(
    ([key, have]) => have.kind === 'link' && have.type === 'veth' && owns(have) && !desired.owners.has(key),
  );
}

function stepOf(
  change: Change,
  comparison: Comparison,
  { index, hasOrphans: orphaned }: { readonly index: NeedIndex; readonly hasOrphans: boolean },
): Step {
  const { desired, podsOf } = comparison;
  const subject = subjectOf(change);
  const key = keyOf(subject);
  const want = change.verb === 'delete' ? undefined : change.want;
  const have = change.verb === 'create' ? undefined : change.have;
  const disruption = disruptionOf(change, desired, orphaned);
  const owner = desired.owners.get(key);
  const pods = owner === undefined ? unknownPodOf(subject) : podsOf(owner);
  return {
    key,
    change,
    differences: renderDifferences(want, have),
    reason: reasonOf(change, desired.state),
    disruption,
    // What a step of the network does to no pod's traffic need not name them all.
    pods: disruption === 'hitless' && !(owner?.includes('/') ?? false) ? [] : pods,
    needs: needsOf(change, index),
  };
}

/** A veth that no record knows says itself whose it was. */
function unknownPodOf(subject: NetObject): readonly string[] {
  if (subject.kind !== 'link' || subject.type !== 'veth' || !isMark(subject.alias)) return [];
  return [`container ${parseEndpointId(subject.alias?.slice(MARK.length) ?? '').containerId.slice(0, 12)}`];
}

function reasonOf(change: Change, desired: State): string {
  switch (change.verb) {
    case 'create':
      return 'missing';
    case 'update':
      return 'differs';
    case 'delete':
      if (desired.has(keyOf(change.have))) return 'must be made anew: its other end is gone';
      return change.have.kind === 'address' ? 'carried by the other interface' : 'not in the document';
  }
}

/** Returns what others put on our bridges: shown, never touched. */
function foreignOf({ desired, observed, owns }: Comparison): readonly NetObject[] {
  const bridges = new Set(
    Array.from(desired.state.values()).flatMap((object) =>
      object.kind === 'link' && object.type === 'bridge' ? [object.name] : [],
    ),
  );
  return Array.from(observed.values()).filter((object) => {
    if (object.netns !== HOST || desired.state.has(keyOf(object)) || owns(object)) return false;
    if (object.kind === 'link') return bridges.has(object.master ?? '');
    return 'dev' in object && bridges.has(object.dev);
  });
}
