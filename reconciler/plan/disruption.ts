/** The disruption of a change. Pure. */
import type { Desired } from '../model/desired.ts';
import { type Disruption, DISRUPTIONS } from '../model/kinds/kind.ts';
import { kindOf } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import { assertNever } from '../model/result.ts';
import { keyOf, type NetObject, type State } from '../model/state.ts';

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
    case 'delete': {
      const key = keyOf(change.have);
      const isOwned = owners.has(key);
      if (!isOwned && hasOrphans) return disruptionOfOrphan(change.have, state, observed);
      // The remains of a pod that has left serve no other.
      return isOwned && !state.has(key) ? 'hitless' : disruptionOfDelete(change.have, state, observed);
    }
    default:
      return assertNever(change);
  }
}

/** Releasing an uplink cuts off pods that are still on its bridge. */
function leavesBridge({ want, fields }: Extract<Change, { verb: 'update' }>): boolean {
  return want.kind === 'link' && fields.includes('master') && want.master === '';
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
