/** The pods that are policed on this node, and their part of the sets. Pure. */
import { familyOf } from '../../addresses/address.ts';
import type { PolicyPod } from '../members.ts';
import { forEachIsolated, partOfProfile, type PolicyProfile, SHUT_PROFILE } from './profiles.ts';
import { DIRECTION_WORDS, type Place, type SetCollection } from './sets.ts';

/**
 * A pod of this node, with its profile.
 * Shape: `isPoliced`: its frames are judged; those of a namespace without any policy never are.
 */
export type PolicedPod = {
  readonly pod: PolicyPod;
  readonly isPoliced: boolean;
  readonly profile: PolicyProfile;
};

/** Pods of this node that appeared and disappeared. Shape: a pod with other policies is in both. */
export type LocalChanges = { readonly added: readonly PolicedPod[]; readonly removed: readonly PolicedPod[] };

/** Returns whether the pod counts at the address: of two pods with one address, the first by name does. */
export type IsHolder = (address: string, pod: PolicyPod) => boolean;

/**
 * Adds the elements that isolate the pod's addresses. Shape: an address that is isolated by another pod than its holder is granted nothing,
 * unless the holder is isolated, too.
 */
export function collectIsolation(
  { pod, profile, isPoliced }: PolicedPod,
  isHolder: IsHolder,
  sets: SetCollection,
): void {
  for (const address of pod.addresses) {
    const family = familyOf(address);
    if (family === undefined) continue;
    if (isPoliced) sets.add('policed', family, address);
    forEachIsolated(profile, (direction) => {
      sets.add('self', family, `${address} . ${address}`);
      const chains = sets.declare(`${DIRECTION_WORDS[direction].pods}${family}`);
      const isOwn = isHolder(address, pod);
      if (!isOwn && chains.has(address)) return;
      chains.set(address, partOfProfile(isOwn ? profile : SHUT_PROFILE, { direction, family }).names.chain);
    });
  }
}

/** Calls `visit` with each place where the pod is isolated. Shape: a family counts once. */
export function forEachPlaceOf({ pod, profile }: PolicedPod, visit: (place: Place) => void): void {
  for (const family of new Set(pod.addresses.flatMap((address) => familyOf(address) ?? []))) {
    forEachIsolated(profile, (direction) => visit({ direction, family }));
  }
}
