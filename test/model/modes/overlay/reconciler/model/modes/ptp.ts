/** Mode `ptp`: a host route to each pod. Pure. */
import type { PtpNetwork } from '../../../schemas/generated/vnet.ts';
import { withoutLength } from '../addresses/address.ts';
import { VNET_PROTOCOL } from '../names.ts';
import { HOST } from '../state.ts';
import type { Mode } from './mode.ts';
import { hostVeth, podObjects, vethInterfaces } from './parts/pod.ts';
import { hostNeighbour, routeIn } from './parts/routes.ts';

/** The mode of networks that reach each pod by a route. */
export const ptp: Mode<PtpNetwork> = {
  name: 'ptp',
  use: 'a route of the node to each pod',
  links: () => ({}),
  scope: () => ({ devices: [], sysctls: [] }),
  listed: () => [],
  network: () => [],
  attach: {
    endpoint: (id, endpoint, _network, own) => {
      const part = { id, endpoint, mtuBytes: undefined };
      const { hostVeth: dev = '', mac = '', gateway = '' } = endpoint;
      const place = { netns: HOST, dev, protocol: VNET_PROTOCOL };
      const addresses = endpoint.addresses.map(withoutLength);
      return [
        hostVeth(part, own),
        ...podObjects(part),
        { kind: 'address', netns: HOST, dev, address: `${gateway}/32`, scope: 0 },
        ...addresses.map((address) => routeIn({ to: `${address}/32`, scope: 253 }, place)),
        ...addresses.map((address) => hostNeighbour(dev, address, mac)),
      ];
    },
    isReady: () => true,
    leadsTo: (object) => (object.kind === 'route' ? object.dev : undefined),
    interfaces: (id, endpoint) => vethInterfaces({ id, endpoint, mtuBytes: undefined }),
    mtuBytes: () => undefined,
  },
};
