/**
 * Pods on a bridge that are alone on their link in IPv6: Azure's network carries no multicast, and answers neighbour discovery
 * for its gateway only. They send everything to the gateway, and the rules of the bridge deliver it. Pure.
 */
import type { Endpoint } from '../../../../schemas/generated/vnet.ts';
import { gatewayFor } from '../../addresses/families.ts';
import { parseEndpointId, VNET_PROTOCOL } from '../../names.ts';
import { HOST, type NeighbourObject, type NetObject } from '../../state.ts';
import { hostNeighbour, routeIn } from './routes.ts';
import { FABRIC_MAC } from './same-node.ts';

/** The IPv6 gateway of Azure's networks. Source: the router advertisements of Azure's virtual networks. */
export const FABRIC_GATEWAY = 'fe80::1234:5678:9abc';

/** Returns true for the gateway of Azure's networks. */
export function isFabricGateway(gateway: string | undefined): boolean {
  return gateway?.toLowerCase() === FABRIC_GATEWAY;
}

/** Returns the pod's permanent entry for the gateway; none for a pod with its subnet on the link, or without IPv6. */
export function offLinkNeighbours(id: string, endpoint: Endpoint): readonly NeighbourObject[] {
  const { netns = '' } = endpoint;
  return loneAddressesOf(endpoint).map(() => ({
    ...hostNeighbour(parseEndpointId(id).ifName, FABRIC_GATEWAY, FABRIC_MAC),
    netns,
  }));
}

/** Returns the node's routes to the pod: the node has no IPv6 prefix on the link either. */
export function offLinkRoutes(dev: string, endpoint: Endpoint): readonly NetObject[] {
  return loneAddressesOf(endpoint).map((to) =>
    routeIn({ to }, { netns: HOST, dev, protocol: VNET_PROTOCOL }),
  );
}

function loneAddressesOf(endpoint: Endpoint): readonly string[] {
  return endpoint.addresses.filter(
    (address) => address.endsWith('/128') && isFabricGateway(gatewayFor(endpoint, 6)),
  );
}
