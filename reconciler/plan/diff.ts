/** The only planner: the steps that make the kernel match the document. Pure. */
import type { Desired } from '../model/desired.ts';
import type { DesiredKeys } from '../model/kinds/kind.ts';
import { kindOf } from '../model/kinds/registry.ts';
import { type Change, subjectOf } from '../model/ports/kernel.ts';
import { isEndpointOwner, parseMark } from '../model/names.ts';
import type { Ownership } from '../model/ownership.ts';
import {
  forEachIn,
  HOST,
  KeyOrdered,
  keyOf,
  linkKeyOf,
  type LinkObject,
  type NetObject,
  type ObjectKey,
  type State,
} from '../model/state.ts';
import { differingFields, renderDifferences } from './compare.ts';
import { inheritCarriedFields } from './carried-fields.ts';
import { disruptionOf } from './disruption.ts';
import { predictEffects } from './effects.ts';
import { deletionSettings, indexNeeds, needsOf } from './needs.ts';
import { orderSteps } from './order.ts';
import { isReached, podRoutesOf, withPrefixRoute } from './reach.ts';
import type { Plan, Step } from './step.ts';

/** The compared states. Shape: `podsOf` names the pods of an owner (endpoint ID or network). */
export type Comparison = {
  readonly generation: number;
  readonly desired: Desired;
  readonly observed: State;
  readonly owns: Ownership;
  readonly podsOf: (owner: string) => readonly string[];
  /** Returns the changes that restore the order of addresses; absent for the plan of a pod. */
  readonly reorder?: (desired: State, observed: State, others: readonly Change[]) => readonly Change[];
};

/**
 * Returns the plan that leads from observed to desired.
 * Laws: equal states give no step; objects that are not owned are never deleted, unless a desired one repeats them; the order of objects in either state does not
 * matter; after the plan the owned part of the kernel equals desired.
 */
export function diff(given: Comparison): Plan {
  const { desired, generation } = given;
  const { state: observed, renamed } = predictEffects(desired.state, given.observed);
  const comparison = { ...given, observed };
  let known: ReadonlySet<string> | undefined;
  const routes = (): ReadonlySet<string> => (known ??= podRoutesOf(observed));
  const changes: Change[] = [];
  forEachIn(desired.state, (want, key) => {
    const seen = observed.get(key);
    const have = seen && withPrefixRoute(want, seen, observed, routes);
    if (have === undefined) changes.push(...changesForMissing(want, comparison, routes));
    else if (mustReplace(want, have, desired.state, observed)) {
      changes.push({ verb: 'delete', have }, createOf(want, desired.state));
    } else {
      const differing = differingFields(want, have);
      const before = renamed.get(key);
      const fields = before === undefined ? differing : ['name', ...differing];
      if (fields.length > 0) changes.push({ verb: 'update', want, have: before ?? have, fields });
    }
  });
  changes.push(...(given.reorder?.(desired.state, observed, changes) ?? []));
  const others = new KeyOrdered();
  forEachIn(observed, (have, key) => {
    if (desired.state.has(key)) return;
    if (comparison.owns(have) || kindOf(have).isRepeated?.(have, desired.state) === true)
      changes.push({ verb: 'delete', have });
    else others.set(key, have);
  });
  const foreign = foreignOf(others, desired.state);
  if (changes.length === 0) return { generation, steps: [], foreign };
  const context = { index: indexNeeds(desired.state), hasOrphans: hasOrphans(comparison) };
  const steps = [
    ...inheritCarriedFields(changes, { desired: desired.state, observed }).map((change) =>
      stepOf(change, comparison, context),
    ),
    ...deletionSettings(changes, desired.state).map(({ change, of }) =>
      stepOf(change, comparison, { ...context, of }),
    ),
  ];
  return { generation, steps: orderSteps(steps), foreign };
}

function changesForMissing(
  want: NetObject,
  { desired, observed }: Comparison,
  podRoutes: () => ReadonlySet<string>,
): readonly Change[] {
  if (isPeer(want)) return [{ verb: 'update', want, have: { ...want, up: false }, fields: ['up'] }];
  return isReached(want, observed, podRoutes) ? [] : [createOf(want, desired.state)];
}

/** The pod's end is created with the host's end, and down: the remaining step sets it up. */
function isPeer(want: NetObject): want is LinkObject {
  return want.kind === 'link' && want.netns !== HOST;
}

/** A veth is created with its peer: the peer's MAC and MTU can only be set then. */
function createOf(want: NetObject, desired: State): Change {
  if (want.kind !== 'link' || want.peer === undefined) return { verb: 'create', want };
  const peer = desired.get(peerKey(want));
  if (peer?.kind !== 'link') return { verb: 'create', want };
  // Down at first: entries that lead to the pod are created before it can send.
  return { verb: 'create', want, peer: { ...peer, up: false } };
}

function peerKey(link: LinkObject): ObjectKey {
  const { netns, name } = link.peer ?? { netns: HOST, name: '' };
  return linkKeyOf(name, netns);
}

/** A veth whose peer is not in its pod cannot be repaired: the pair is recreated. */
function mustReplace(want: NetObject, have: NetObject, desired: State, observed: State): boolean {
  if (want.kind !== 'link' || have.kind !== 'link' || want.peer === undefined) return false;
  const peer = peerKey(want);
  return desired.has(peer) && (have.peer === undefined || !observed.has(peer));
}

/** Returns true if a veth with our mark has no record: its pod may still be alive. */
function hasOrphans({ desired, observed, owns }: Comparison): boolean {
  for (const [key, have] of observed) {
    if (have.kind === 'link' && have.type === 'veth' && owns(have) && !desired.owners.has(key)) return true;
  }
  return false;
}

/** Shape: `of` is the object for which a sysctl is set: it determines the owner. */
type StepContext = {
  readonly index: DesiredKeys;
  readonly hasOrphans: boolean;
  readonly of?: NetObject;
};

function stepOf(
  change: Change,
  comparison: Comparison,
  { index, hasOrphans: orphaned, of }: StepContext,
): Step {
  const { desired, podsOf } = comparison;
  const subject = subjectOf(change);
  const key = keyOf(subject);
  const want = change.verb === 'delete' ? undefined : change.want;
  const have = change.verb === 'create' ? undefined : change.have;
  const disruption = disruptionOf(change, desired, { observed: comparison.observed, hasOrphans: orphaned });
  const owner = desired.owners.get(key) ?? formerOwnerOf(of ?? subject, comparison);
  // A hitless step of the network need not list all its pods.
  const isQuiet = disruption === 'hitless' && (owner === undefined || !isEndpointOwner(owner));
  return {
    key,
    ...(owner === undefined ? {} : { owner }),
    change,
    differences: renderDifferences(want, have),
    reason: reasonOf(change, comparison),
    disruption,
    pods: isQuiet || owner === undefined ? [] : podsOf(owner),
    needs: needsOf(change, index),
  };
}

/** An object that is no longer desired is attributed by its own mark or by that of its link. */
function formerOwnerOf(subject: NetObject, { desired, observed }: Comparison): string | undefined {
  if (subject.netns !== HOST) return undefined;
  if (subject.kind === 'link') return markedOwnerOf(subject);
  if (!('dev' in subject)) return undefined;
  const link = linkKeyOf(subject.dev);
  return desired.owners.get(link) ?? markedOwnerOf(observed.get(link));
}

function markedOwnerOf(link: NetObject | undefined): string | undefined {
  return link?.kind === 'link' ? parseMark(link.alias) : undefined;
}

function reasonOf(change: Change, comparison: Comparison): string {
  const desired = comparison.desired.state;
  switch (change.verb) {
    case 'create':
      return 'missing';
    case 'update':
      return change.fields.includes('name')
        ? 'rename in place, with its ports and addresses'
        : differs(change, comparison);
    case 'delete':
      if (desired.has(keyOf(change.have))) return 'recreate: veth peer is missing';
      if (kindOf(change.have).isRepeated?.(change.have, desired) === true)
        return 'a copy of one on the bridge';
      return kindOf(change.have).deletionReason ?? 'not in the document';
  }
}

/** A pod keeps the MTU it was created with: the plan says so if the bridge's changes. */
function differs({ want, fields }: Extract<Change, { verb: 'update' }>, comparison: Comparison): string {
  if (fields.includes('place')) return 'out of order';
  const isBridge = want.kind === 'link' && want.type === 'bridge' && fields.includes('mtuBytes');
  const keeping = isBridge ? podsWithOtherMtu(want, comparison) : [];
  if (keeping.length === 0) return 'differs';
  const others = keeping.length > FEW ? ` and ${keeping.length - FEW} more` : '';
  return `MTU differs; existing pods keep theirs until recreated: ${keeping.slice(0, FEW).join(', ')}${others}`;
}

/** Number of pods named in a reason. */
const FEW = 3;

function podsWithOtherMtu(bridge: LinkObject, { desired, observed, podsOf }: Comparison): readonly string[] {
  const pods: string[] = [];
  for (const [key, host] of desired.state) {
    if (host.kind !== 'link' || host.master !== bridge.name || host.peer === undefined) continue;
    const own = observed.get(peerKey(host));
    if (own?.kind !== 'link' || own.mtuBytes === undefined || own.mtuBytes === bridge.mtuBytes) continue;
    pods.push(...podsOf(desired.owners.get(key) ?? '').map((pod) => `${pod} ${own.mtuBytes}`));
  }
  return pods;
}

/** Returns foreign objects on our bridges: reported, never changed. */
function foreignOf(others: State, desired: State): readonly NetObject[] {
  return Array.from(others.values()).filter((object) => {
    const bridge = object.kind === 'link' ? object.master : 'dev' in object ? object.dev : undefined;
    if (object.netns !== HOST || bridge === undefined) return false;
    const wanted = desired.get(linkKeyOf(bridge));
    return wanted?.kind === 'link' && wanted.type === 'bridge';
  });
}
