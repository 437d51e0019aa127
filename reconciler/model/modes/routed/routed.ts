/**
 * Mode `routed`, as kubenet and flannel's delegate: pods are ports of a bridge without uplink, the node routes between it and
 * the uplink, which stays unchanged. Pure.
 */
import type { Pools, RoutedNetwork } from '../../../../schemas/generated/vnet.ts';
import { parseAddress } from '../../addresses/address.ts';
import { subnetsOf, subnetTexts } from '../../addresses/families.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import type { Observation } from '../../ports/kernel.ts';
import { fail, ok, type Result } from '../../result.ts';
import { omitUndefined } from '../../objects.ts';
import { HOST, type LinkObject, type NetObject, type State } from '../../state.ts';
import { isPortLeftover } from '../bridge/bridge.ts';
import { linkIn } from '../bridge/core.ts';
import { hubObjects } from '../bridge/network.ts';
import { PORT_RULES } from '../bridge/rules.ts';
import type { AdoptedNetwork, FirstNetwork, Located, Mode, NetworkPicture, ValueConflict } from '../mode.ts';
import { forwardingObjects } from '../parts/routers.ts';
import { firstMasquerade, masqueradeConflicts, masqueradeRules } from '../parts/masquerade.ts';
import { routeIn } from '../parts/routes.ts';
import { otherNamed } from '../parts/describe-uplink.ts';
import { bridgeAddresses, routedCore, routedHub } from './core.ts';

/** kubenet's bridge. */
const BRIDGE = 'cbr0';

function network(name: string, own: RoutedNetwork, seen?: State): readonly NetObject[] {
  const routes = (own.peers ?? []).flatMap(({ to, via, dev }) =>
    via === undefined || dev === undefined
      ? []
      : [routeIn({ to, via }, { netns: HOST, dev, protocol: VNET_PROTOCOL })],
  );
  return [
    ...hubObjects(name, routedHub(own)),
    ...bridgeAddresses(own),
    ...forwardingObjects(own, seen),
    ...routes,
  ];
}

/** The pod CIDRs of this node and its peers. */
function podCidrs(own: RoutedNetwork): readonly Located<string>[] {
  return [
    ...subnetsOf(own),
    ...(own.peers ?? []).map(({ to }, index) => ({ path: ['peers', index, 'to'], value: to })),
  ];
}

function conflicts(own: RoutedNetwork): readonly ValueConflict[] {
  const halves = (own.peers ?? []).flatMap(({ via, dev }, index): readonly ValueConflict[] => {
    if ((via === undefined) === (dev === undefined)) return [];
    const [there, missing] = via === undefined ? ['dev', 'via'] : ['via', 'dev'];
    return [
      {
        path: ['peers', index, there],
        message: `${there} without ${missing}: the route to the peer needs both`,
        hint: `add ${missing}; or remove ${there} if the virtual network's route table leads to the peer`,
      },
    ];
  });
  return [...halves, ...masqueradeConflicts(own.masquerade, podCidrs(own))];
}

function picture(own: RoutedNetwork): NetworkPicture {
  const { name, mac, mtuBytes } = routedHub(own);
  return {
    bridge: {
      name,
      facts: [
        mac,
        ...(mtuBytes === undefined ? [] : [`mtu ${mtuBytes}`]),
        ...bridgeAddresses(own).map(({ address }) => address),
        ...(own.masquerade?.enabled === true ? ['masquerade'] : []),
        ...peerTexts(own),
      ],
    },
  };
}

function peerTexts(own: RoutedNetwork): readonly string[] {
  return (own.peers ?? []).map(({ to, via }) =>
    via === undefined ? `${to} by the virtual network` : `${to} via ${via}`,
  );
}

/**
 * The MAC is determined by the gateway's IPv4 address, or the last four bytes of the IPv6 one.
 * Source: kubenet's generateHardwareAddr, prefix 0a:58.
 */
function macOf({ ipv4, ipv6 }: Pools): string {
  const value = Number(BigInt.asUintN(32, BigInt(parseAddress((ipv4 ?? ipv6)?.gateway ?? '') ?? 0)));
  const bytes = [24, 16, 8, 0].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

/** The MTU of the uplink: of the interface with the preferred default route, unless `master` names one. */
function uplinkMtu({ state }: Observation, master: string | undefined): number | undefined {
  const defaults = Array.from(state.values()).flatMap((object) =>
    object.kind === 'route' && object.netns === HOST && object.to === 'default' ? [object] : [],
  );
  const [best] = defaults.toSorted((left, right) => left.metric - right.metric);
  const dev = master ?? best?.dev;
  return dev === undefined ? undefined : (linkIn(state, dev) ?? otherNamed(state, dev))?.mtuBytes;
}

function first(observation: Observation, request: FirstNetwork): Result<RoutedNetwork> {
  const { pools, master, bridge: name = BRIDGE, masquerade, hairpin } = request;
  const taken = linkIn(observation.state, name) ?? otherNamed(observation.state, name);
  if (taken !== undefined) {
    return fail('refused', 'create the network', `the node already has an interface ${name}`, {
      hint: `Remove it (ip link del ${name}) if its program is gone, or name another bridge in the CNI configuration ("bridge").`,
    });
  }
  const mtu = request.mtuBytes ?? uplinkMtu(observation, master);
  return ok({
    mode: 'routed',
    bridge: {
      name,
      mac: macOf(pools),
      ...(mtu === undefined ? {} : { mtu }),
      ...(hairpin === undefined ? {} : { hairpin }),
    },
    ...firstMasquerade(masquerade, subnetTexts(request)),
    pools,
  });
}

/** The bridge keeps its MAC and MTU: pods know their gateway by them. */
function adopt(
  { name, mac = '', mtuBytes: mtu }: LinkObject,
  { pools, hairpin, masquerade, antiSpoofing }: AdoptedNetwork,
): RoutedNetwork {
  return {
    mode: 'routed',
    bridge: {
      name,
      mac,
      ...omitUndefined({ mtu, hairpin }),
      ...(antiSpoofing ? {} : { antiSpoofing }),
    },
    ...omitUndefined({ masquerade }),
    pools,
  };
}

/** The mode of networks whose pods are behind a bridge with the gateway's address. */
export const routed: Mode<RoutedNetwork> = {
  ...routedCore,
  use: 'pods are ports of a bridge without uplink, and the node routes to other nodes',
  network,
  rules: (own, name) => [PORT_RULES, ...masqueradeRules(name, own.masquerade, subnetTexts(own))],
  isLeftover: isPortLeftover,
  values: ({ peers = [] }) => ({
    addresses: [],
    routes: peers.map(({ to, via }, index) => ({
      path: ['peers', index],
      value: { to, ...(via === undefined ? {} : { via }) },
    })),
    neighbours: [],
  }),
  conflicts,
  podLinks: ({ bridge }) => [bridge.name],
  masqueraded: (own, masquerade) => ({ ...own, masquerade }),
  peers: peerTexts,
  picture,
  first,
  adopt,
};
