/** The disruption of a change. Pure. */
import type { Desired } from '../model/desired.ts';
import { type Disruption, DISRUPTIONS } from '../model/kinds/kind.ts';
import { kindOf } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import { assertNever } from '../model/result.ts';
import { HOST, keyOf, type NetObject, type State } from '../model/state.ts';

/**
 * Returns the disruption class of one change.
 * Creating a missing object interrupts nothing. Addresses and routes move between uplink and bridge make-before-break,
 * without packet loss (measured by the lab). `hasOrphans`: a veth with our mark exists without a record.
 */
export function disruptionOf(
  change: Change,
  { state, owners }: Desired,
  { observed, hasOrphans }: { readonly observed: State; readonly hasOrphans: boolean },
): Disruption {
  switch (change.verb) {
    case 'create':
      return 'hitless';
    case 'update':
      return hasOrphans && leavesBridge(change)
        ? 'pod-outage'
        : (kindOf(change.want).disruptionOfChange?.(change) ?? 'hitless');
    case 'delete':
      // What a pod that has left still has serves no other.
      if (owners.has(keyOf(change.have))) {
        if (!state.has(keyOf(change.have))) return 'hitless';
      } else if (hasOrphans) return disruptionOfOrphan(change.have, state, observed);
      return goesWithVeth(change.have, state) ? 'hitless' : disruptionOfDelete(change.have, state, observed);
    default:
      return assertNever(change);
  }
}

/** Releasing an uplink cuts off pods that are still on its bridge. */
function leavesBridge({ want, fields }: Extract<Change, { verb: 'update' }>): boolean {
  return want.kind === 'link' && fields.includes('master') && want.master === '';
}

/** The kernel deletes a route with its link, and the veth of a released pod is deleted in the same plan. */
function goesWithVeth(have: NetObject, desired: State): boolean {
  if (have.kind !== 'route' || have.netns !== HOST) return false;
  if (have.dev === undefined || !have.dev.startsWith('azv')) return false;
  return ![...desired.values()].some(
    ({ kind, netns, ...rest }) =>
      kind === 'link' && netns === HOST && 'name' in rest && rest.name === have.dev,
  );
}

/** An object without a record may still serve a pod while a veth without a record exists. */
function disruptionOfOrphan(have: NetObject, desired: State, observed: State): Disruption {
  const own = disruptionOfDelete(have, desired, observed);
  const serves =
    kindOf(have).serves === true || (have.kind === 'link' && !desired.has(keyOf(have)) && own === 'hitless');
  return serves ? 'pod-outage' : own;
}

function disruptionOfDelete(have: NetObject, desired: State, observed: State): Disruption {
  return kindOf(have).disruptionOfDeletion?.(have, desired, observed) ?? 'hitless';
}

/** Returns true if the disruption is within the limit. */
export function isWithin(disruption: Disruption, limit: Disruption): boolean {
  return DISRUPTIONS.indexOf(disruption) <= DISRUPTIONS.indexOf(limit);
}
