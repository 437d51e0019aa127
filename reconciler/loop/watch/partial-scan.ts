/**
 * A scan that enters only pods with notifications; others are assumed to be as last observed. Entering all
 * pods takes most of the time of a full scan. Pure.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAlive } from '../../model/endpoints.ts';
import type { NamespaceFact, Observation, Observer, Scope } from '../../model/ports/kernel.ts';
import type { Lookup } from '../../model/layered.ts';
import { ok, type Result } from '../../model/result.ts';
import {
  forEachIn,
  HOST,
  KeyOrdered,
  type NetnsPath,
  type NetObject,
  type ObjectKey,
} from '../../model/state.ts';

/**
 * The last observation, and the desired state.
 * Shape: `whole` is a full scan, `later` has the observations of pods read since; `namespaces` is
 * their combination.
 */
export type PreviousScan = {
  readonly whole: Observation;
  readonly later: ReadonlyMap<NetnsPath, Observation>;
  readonly namespaces: ReadonlyMap<NetnsPath, NamespaceFact>;
  readonly desired: Lookup<ObjectKey, NetObject>;
  readonly owners: Lookup<ObjectKey, string>;
};

/**
 * Returns the namespaces to enter: those of endpoints with suspected links or suspected objects in their pods, and
 * those not seen alive. Entries on the node that lead to a pod do not count.
 */
export function podsToEnter(
  document: VnetDocument,
  remembered: PreviousScan,
  suspects: Iterable<ObjectKey>,
): ReadonlySet<NetnsPath> {
  const endpoints = document.endpoints ?? {};
  const entered = new Set<NetnsPath>();
  for (const key of suspects) {
    const object = remembered.desired.get(key);
    if (object !== undefined && object.netns === HOST && object.kind !== 'link') continue;
    const netns = endpoints[remembered.owners.get(key) ?? '']?.netns;
    if (netns !== undefined) entered.add(netns);
  }
  const { namespaces } = remembered;
  for (const endpoint of Object.values(endpoints)) {
    const { netns } = endpoint;
    if (netns !== undefined && (!namespaces.has(netns) || !isAlive(endpoint, namespaces))) entered.add(netns);
  }
  return entered;
}

/** Returns the scope without the pods that need not be entered. */
export function partialScope(scope: Scope, entered: ReadonlySet<NetnsPath>): Scope {
  return { ...scope, pods: scope.pods.filter(({ netns }) => entered.has(netns)) };
}

/** Returns the observation after entering only suspected pods. */
export function scanPartially(
  observer: Observer,
  scope: Scope,
  before: PreviousScan,
  { document, suspects }: { readonly document: VnetDocument; readonly suspects: Iterable<ObjectKey> },
): Result<Observation> {
  const seen = observer.observe(partialScope(scope, podsToEnter(document, before, suspects)));
  return seen.ok ? ok(completeScan(seen.value, before, scope)) : seen;
}

/**
 * Returns the observation, with the previous state of pods in the scope that were not entered.
 * Law: if nothing has changed in them, it equals the observation after entering all of them.
 */
export function completeScan(seen: Observation, before: PreviousScan, scope: Scope): Observation {
  const namespaces = new Map<NetnsPath, NamespaceFact>(seen.namespaces);
  const known = new Set<NetnsPath>();
  for (const { netns } of scope.pods) {
    const fact = before.namespaces.get(netns);
    if (namespaces.has(netns) || fact === undefined) continue;
    known.add(netns);
    namespaces.set(netns, fact);
  }
  if (known.size === 0) return { ...seen, namespaces };
  const objects = new KeyOrdered();
  forEachIn(seen.state, (object, key) => void objects.set(key, object));
  for (const looked of [before.whole, ...before.later.values()]) {
    const isNewestOf = (netns: NetnsPath): boolean =>
      known.has(netns) && (before.later.get(netns) ?? before.whole) === looked;
    forEachIn(looked.state, (object, key) => {
      if (isNewestOf(object.netns)) objects.set(key, object);
      else if (object.kind === 'link' && object.netns === HOST && isNewestOf(object.peer?.netns ?? HOST)) {
        const now = objects.get(key);
        // The peer of a link is known only after seeing both.
        if (now?.kind === 'link' && now.peer === undefined && object.peer !== undefined) {
          objects.set(key, { ...now, peer: object.peer });
        }
      }
    });
  }
  return { ...seen, state: objects, namespaces };
}
