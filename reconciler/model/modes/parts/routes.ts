/** Routes and neighbours of the document, as objects of the desired State. Pure. */
import type { NextHop, Route } from '../../../../schemas/generated/vnet.ts';
import { familyOf } from '../../addresses/address.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import { HOST, type NeighbourObject, type RouteObject } from '../../state.ts';
import { IPV6_METRIC, MAIN_TABLE } from '../../kinds/route.ts';

/** Returns the route at the place, ignoring the document's protocol. */
export function routeIn(
  { to, via, table, metric, mtu, nextHops, attributes: _attributes, ...rest }: Omit<Route, 'protocol'>,
  place: Pick<RouteObject, 'netns' | 'dev' | 'protocol'>,
): RouteObject {
  const hops = nextHops?.map(({ attributes: _other, ...hop }) => ({ ...hop, dev: hop.dev ?? place.dev }));
  const family = familyOf(to === 'default' ? (via ?? gatewayOf(nextHops) ?? '0.0.0.0') : to) ?? 4;
  return {
    kind: 'route',
    family,
    to: to.endsWith('/0') ? 'default' : to,
    ...(via === undefined ? {} : { via }),
    ...rest,
    ...place,
    ...(hops?.[0] === undefined ? {} : { nextHops: hops, dev: hops[0].dev }),
    table: table ?? MAIN_TABLE,
    metric: metric ?? (family === 6 ? IPV6_METRIC : 0),
    ...(mtu === undefined ? {} : { mtuBytes: mtu }),
  };
}

function gatewayOf(hops: readonly NextHop[] | undefined): string | undefined {
  return hops?.find(({ via }) => via !== undefined)?.via;
}

/** Returns the node's permanent neighbour on the link, with our mark. */
export function hostNeighbour(dev: string, address: string, mac: string): NeighbourObject {
  return { kind: 'neighbour', netns: HOST, dev, address, mac, protocol: VNET_PROTOCOL };
}
