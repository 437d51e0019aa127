/** What a change does to traffic. Pure. */
import type { Desired } from '../model/derive.ts';
import type { Change } from '../model/ports/kernel.ts';
import { assertNever } from '../model/result.ts';
import { keyOf, type NetObject, type RouteObject, type State } from '../model/state.ts';
import { DISRUPTIONS, type Disruption } from './step.ts';

/**
 * Returns the disruption class of one change.
 * Making what is missing interrupts nothing. Addresses and routes move between uplink and bridge make-before-break,
 * which loses no packet (the lab measures it). `hasOrphans`: there is a veth of ours that no record knows.
 */
export function disruptionOf(change: Change, { state, owners }: Desired, hasOrphans: boolean): Disruption {
  switch (change.verb) {
    case 'create':
      return 'hitless';
    case 'update':
      return hasOrphans && leavesBridge(change)
        ? 'pod-outage'
        : disruptionOfUpdate(change.want, change.have, change.fields);
    case 'delete':
      return owners.has(keyOf(change.have)) || !hasOrphans
        ? disruptionOfDelete(change.have, state)
        : disruptionOfOrphan(change.have, state);
    default:
      return assertNever(change);
  }
}

function disruptionOfUpdate(want: NetObject, have: NetObject, fields: readonly string[]): Disruption {
  if (want.kind === 'link' && fields.includes('mac'))
    return want.type === 'bridge' ? 'flow-reset' : 'hitless';
  if (want.kind === 'route' && have.kind === 'route') {
    return want.dev === have.dev && fields.includes('via') ? 'flow-reset' : 'hitless';
  }
  return 'hitless';
}

/** An uplink that is given back takes the way out from the pods that are still on its bridge. */
function leavesBridge({ want, fields }: Extract<Change, { verb: 'update' }>): boolean {
  return want.kind === 'link' && fields.includes('master') && want.master === '';
}

/** What no record knows may still serve a pod, as long as a veth is there that no record knows either. */
function disruptionOfOrphan(have: NetObject, desired: State): Disruption {
  const own = disruptionOfDelete(have, desired);
  const serves =
    SERVING.includes(have.kind) || (have.kind === 'link' && !desired.has(keyOf(have)) && own === 'hitless');
  return serves ? 'pod-outage' : own;
}

function disruptionOfDelete(have: NetObject, desired: State): Disruption {
  switch (have.kind) {
    case 'link': {
      // Made anew at once: its pod has no network while the pair is broken, so nothing more is lost.
      if (desired.has(keyOf(have))) return 'hitless';
      // That of an endpoint that is leaving.
      if (have.type !== 'bridge') return 'hitless';
      return isGivenBack(desired) ? 'hitless' : 'node-outage';
    }
    case 'route':
      return hasOtherWay(have, desired) ? 'hitless' : 'flow-reset';
    case 'address':
    case 'neighbour':
    case 'fdb':
    case 'sysctl':
    case 'nft-table':
    case 'nft-element':
      return 'hitless';
    default:
      return assertNever(have);
  }
}

/** True when the same destination is reached the same way by another route: it was made before, only its metric differs. */
function hasOtherWay(have: RouteObject, desired: State): boolean {
  return Array.from(desired.values()).some(
    (other) =>
      other.kind === 'route' &&
      other.netns === have.netns &&
      other.family === have.family &&
      other.to === have.to &&
      other.table === have.table &&
      other.dev === have.dev &&
      other.via === have.via,
  );
}

/** True when the desired state puts an uplink outside any bridge: the bridge goes after its uplink has left. */
function isGivenBack(desired: State): boolean {
  return [...desired.values()].some(
    (object) => object.kind === 'link' && object.type === 'device' && object.master === '',
  );
}

/** What a pod's traffic passes. */
const SERVING: readonly NetObject['kind'][] = ['nft-table', 'nft-element', 'neighbour', 'fdb'];

/** Returns true when the disruption is no worse than the limit. */
export function isWithin(disruption: Disruption, limit: Disruption): boolean {
  return DISRUPTIONS.indexOf(disruption) <= DISRUPTIONS.indexOf(limit);
}
