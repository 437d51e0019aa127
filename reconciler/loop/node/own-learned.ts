/** Routes learned from routers, and their stand-ins, that vnet moves with an uplink. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { networksWith } from '../../model/capabilities.ts';
import { learnedRoutes } from '../../model/modes/parts/learned.ts';
import type { Ownership } from '../../model/ownership.ts';
import { HOST, keyOf, type RouteObject } from '../../model/state.ts';

/** Returns the ownership rule with these routes, on the uplink and on its carrier: what the document lists may be deleted there. */
export function withLearned(owns: Ownership, document: VnetDocument): Ownership {
  const learned = new Set(
    networksWith(document, 'takeover').flatMap(({ network, mode: { takeover } }) => {
      const uplink = takeover.uplink(network);
      return learnedRoutes(uplink, [uplink.name, takeover.carrier(network)]).map(placeOf);
    }),
  );
  return (object) =>
    owns(object) ||
    (object.kind === 'route' &&
      object.netns === HOST &&
      object.dynamic === true &&
      learned.has(placeOf(object)));
}

function placeOf(route: RouteObject): string {
  return `${keyOf(route)} dev ${route.dev}`;
}
