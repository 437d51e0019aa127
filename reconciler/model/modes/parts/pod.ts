/** The veth pair of an endpoint and the objects in its pod, common to all modes that attach pods. Pure. */
import type { Endpoint, Route } from '../../../../schemas/generated/vnet.ts';
import { familyOf } from '../../addresses/address.ts';
import { gatewayFor, gatewaysOf } from '../../addresses/families.ts';
import { endpointMark, hostMac, parseEndpointId, STATIC_PROTOCOL } from '../../names.ts';
import { HOST, type LinkObject, type NetObject } from '../../state.ts';
import type { EndpointInterface, OwnLink } from '../core.ts';
import { podAddresses } from './addresses.ts';
import { routeIn } from './routes.ts';

/** An endpoint and the MTU of its network, if set. Units: bytes. */
export type PodPart = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly mtuBytes: number | undefined;
};

/** The fields of a host veth that depend on the mode. Shape: without `mac`, it is derived from the pod's. */
type PortPart = Pick<LinkObject, 'master' | 'port' | 'mac'>;

/**
 * Returns the host veth, as a port of a bridge if one is given. A pod keeps the MTU it was created with, and
 * the host end accepts no less than the pod (`own`) sends: the kernel drops a frame longer than the MTU of
 * the receiving end.
 */
export function hostVeth(
  { id, endpoint, mtuBytes }: PodPart,
  own: OwnLink | undefined,
  { master, port, mac }: PortPart = {},
): LinkObject {
  const { netns = '', hostVeth: name = '', mac: podMac = '' } = endpoint;
  return {
    kind: 'link',
    netns: HOST,
    name,
    type: 'veth',
    up: true,
    mac: mac ?? hostMac(podMac),
    ...(mtuBytes === undefined ? {} : { mtuBytes: Math.max(mtuBytes, own?.mtuBytes ?? 0) }),
    ...(master === undefined ? {} : { master }),
    alias: endpointMark(id),
    peer: { netns, name: parseEndpointId(id).ifName },
    ...(port === undefined ? {} : { port }),
  };
}

/** Returns the objects in the pod: its interface, addresses and routes. */
export function podObjects(
  { id, endpoint, mtuBytes }: PodPart,
  addressesOf: typeof podAddresses = podAddresses,
): readonly NetObject[] {
  const { netns = '', mac = '' } = endpoint;
  const { ifName } = parseEndpointId(id);
  const mtu = mtuBytes === undefined ? {} : { mtuBytes };
  return [
    { kind: 'link', netns, name: ifName, type: 'veth', up: true, mac, ...mtu },
    ...addressesOf(endpoint.addresses, { netns, dev: ifName, isOwn: endpoint.ipam === undefined }),
    ...podRoutes(endpoint).map((route) => routeIn(route, { netns, dev: ifName, protocol: STATIC_PROTOCOL })),
  ];
}

/** Returns the routes of a pod: those written down, else the default by each gateway. */
export function podRoutes(endpoint: Endpoint): readonly Route[] {
  if (endpoint.routes !== undefined) {
    return endpoint.routes.map((route) => {
      const via =
        route.via ?? (route.to === 'default' ? endpoint.gateway : gatewayFor(endpoint, familyOf(route.to)));
      return via === undefined ? route : { ...route, via };
    });
  }
  return gatewaysOf(endpoint).map((via) => ({ to: 'default', via }));
}

/** Returns both ends of the veth pair, the host's first, for the result of an ADD. */
export function vethInterfaces(
  { id, endpoint, mtuBytes }: PodPart,
  veth: Pick<LinkObject, 'mac'> = {},
): readonly EndpointInterface[] {
  const { hostVeth: name = '', mac, netns } = endpoint;
  return [
    { name, mac: veth.mac ?? (mac && hostMac(mac)), mtuBytes, netns: undefined },
    { name: parseEndpointId(id).ifName, mac, mtuBytes, netns },
  ];
}
