/** The modes shown by the lab: their CNI configuration, and the commands that break each. */
import { linkLocalOf } from '../../reconciler/model/addresses/address.ts';
import { HOST, keyOf } from '../../reconciler/model/state.ts';
import { FABRIC_MAC, type Nic } from './fabric.ts';
import { type Attached, macOf, vethOf } from './pod.ts';

/** The bridge of the network `azure`. */
export const BRIDGE = 'azure0';

/** Pods to break: one loses its neighbour entry, one its port or route on the node, one its default route. */
export type Victims = { readonly neighbour: Attached; readonly port: Attached; readonly route: Attached };

/** Shape: `all` are the pods of the node, `own6` is its own IPv6 address. */
type AllVictims = Victims & { readonly all: readonly Attached[]; readonly own6?: string | undefined };

/** A breaking command, with its explanation. */
export type Act = readonly [why: string, command: string];

/**
 * A mode in the lab.
 * Shape: `config` replaces keys of the AKS node's configuration. `acts` break five things, `broken` are the
 * keys of the objects that are missing or differ afterwards. `movesUplink` is true if the first ADD takes
 * over eth0; the fabric then also sees the pods' MACs while the rules are missing.
 */
export type LabMode = {
  readonly name: string;
  readonly config: Readonly<Record<string, string | undefined>>;
  /** Returns the pool of the node's own configuration; absent: each first ADD asks the host endpoint. */
  readonly ipam?: (nic: Nic) => object;
  readonly movesUplink: boolean;
  /** true: packets between pods of a node pass the fabric. */
  readonly byFabric?: true;
  readonly acts: (victims: Victims) => readonly Act[];
  readonly broken: (victims: AllVictims) => ReadonlySet<string>;
};

function losesDefault({ route }: Victims): Act {
  return [
    `${route.name} loses its default route.`,
    `nsenter --net=${route.attachment.netns} ip route del default`,
  ];
}

/** The pod's port is taken out of the bridge. */
function portLeaves({ port }: Victims): Act {
  return [
    `The host end of ${port.name} is taken out of the bridge; its forwarding entry goes with it.`,
    `ip link set ${vethOf(port)} nomaster`,
  ];
}

const NO_FORWARDING: Act = ['The node stops forwarding.', 'sysctl -qw net.ipv4.ip_forward=0'];

function losesTable(family: 'bridge' | 'inet'): Act {
  return ['And the nftables table goes, with all that is in it.', `nft delete table ${family} vnet`];
}

function losesNeighbour({ neighbour }: Victims, dev: string): Act {
  return ['A permanent neighbour is deleted.', `ip neigh del ${neighbour.address} dev ${dev}`];
}

/** The keys of the broken objects of a network with a bridge. */
function brokenBehind(
  bridge: string,
  { neighbour, port, route, all }: Victims & { readonly all: readonly Attached[] },
): readonly string[] {
  return [
    `neighbour ${neighbour.address} dev ${bridge}`,
    `link ${vethOf(port)}`,
    `fdb ${macOf(port)} dev ${vethOf(port)}`,
    `route default netns ${route.attachment.netns}`,
    'nft-table bridge vnet',
    ...all.flatMap((pod) => [
      element('pods', pod.address),
      element('ports', vethOf(pod)),
      element('port_macs', `${vethOf(pod)} . ${macOf(pod)}`),
      element('port_ips', `${vethOf(pod)} . ${pod.address}`),
      element('port_sources', `${vethOf(pod)} . ${macOf(pod)} . ${pod.address}`),
      ...sixOf(pod).flatMap((address) => [
        element('port_sources6', `${vethOf(pod)} . ${macOf(pod)} . ${address}`),
        ...[address, linkLocalOf(macOf(pod))].flatMap((one) => [
          element('pods6', one),
          element('port_ips6', `${vethOf(pod)} . ${one}`),
        ]),
      ]),
    ]),
  ];
}

/** Bridge mode, as in examples/10-azure.conflist. */
export const BRIDGE_MODE: LabMode = {
  name: 'bridge',
  config: {},
  movesUplink: true,
  acts: (victims) => [
    losesNeighbour(victims, BRIDGE),
    portLeaves(victims),
    losesDefault(victims),
    ['The node loses its own.', `ip route del default dev ${BRIDGE}`],
    losesTable('bridge'),
  ],
  broken: (victims) =>
    new Set([
      'route default metric 100',
      ...brokenBehind(BRIDGE, victims),
      ...(victims.own6 === undefined ? [] : [element('pods6', victims.own6)]),
    ]),
};

/** Mode transparent. */
export const TRANSPARENT_MODE: LabMode = {
  name: 'transparent',
  config: { mode: 'transparent', bridge: undefined },
  movesUplink: false,
  acts: (victims) => [
    losesNeighbour(victims, vethOf(victims.neighbour)),
    [`The node's route to ${victims.port.name} is deleted.`, `ip route del ${victims.port.address}/32`],
    losesDefault(victims),
    NO_FORWARDING,
    losesTable('inet'),
  ],
  broken: ({ neighbour, port, route, all }) =>
    new Set([
      `neighbour ${neighbour.address} dev ${vethOf(neighbour)}`,
      `route ${port.address}/32`,
      `route default netns ${route.attachment.netns}`,
      'sysctl net/ipv4/ip_forward',
      'nft-table inet vnet',
      ...all.flatMap((pod) => [
        element('routed_ports', vethOf(pod)),
        element('routed_port_ips', `${vethOf(pod)} . ${pod.address}`),
        ...sixOf(pod).map((address) => element('routed_port_ips6', `${vethOf(pod)} . ${address}`)),
      ]),
    ]),
};

/** The bridge of mode routed. */
const ROUTED_BRIDGE = 'cbr0';

/** Mode routed, with the pod CIDR to which the fabric's route table leads. */
const ROUTED_MODE: LabMode = {
  name: 'routed',
  config: { mode: 'routed', bridge: undefined },
  ipam: ({ podCidr = '', ipv6 }) => ({
    type: 'azure-vnet-ipam',
    subnet: podCidr,
    addresses: [podCidr],
    ...(ipv6 === undefined ? {} : { ipv6: { subnet: ipv6.podCidr, addresses: [ipv6.podCidr] } }),
  }),
  movesUplink: false,
  acts: (victims) => [
    losesNeighbour(victims, ROUTED_BRIDGE),
    portLeaves(victims),
    losesDefault(victims),
    NO_FORWARDING,
    losesTable('bridge'),
  ],
  broken: (victims) => new Set(['sysctl net/ipv4/ip_forward', ...brokenBehind(ROUTED_BRIDGE, victims)]),
};

/** Mode transparent with packets between pods of a node by the fabric: its rule and route go instead of the neighbour. */
const FABRIC_MODE: LabMode = {
  ...TRANSPARENT_MODE,
  name: 'fabric',
  config: { mode: 'transparent-tunnel', bridge: undefined },
  byFabric: true,
  acts: (victims) => [
    ['The rule that looks up marked packets is deleted.', 'ip rule del pref 1180'],
    ['So is the default route of its table.', 'ip route flush table 118'],
    ...TRANSPARENT_MODE.acts(victims).slice(1),
  ],
  broken: (victims) => {
    const { neighbour, all } = victims;
    const keys = new Set(TRANSPARENT_MODE.broken(victims));
    keys.delete(`neighbour ${neighbour.address} dev ${vethOf(neighbour)}`);
    keys.add('rule 1180 from all fwmark 0x100000/0x100000').add('route default table 118');
    for (const pod of all) {
      keys.add(element('fabric_pods', pod.address));
      for (const address of sixOf(pod)) keys.add(element('fabric_pods6', address));
    }
    return keys;
  },
};

/** azure-vnet's mode tunnel: bridge mode with frames between pods of a node by the fabric. */
const TUNNEL_MODE: LabMode = {
  ...BRIDGE_MODE,
  name: 'tunnel',
  config: { mode: 'tunnel' },
  byFabric: true,
  acts: (victims) => [
    ['The forwarding entry of the fabric is deleted.', `bridge fdb del ${FABRIC_MAC} dev eth0 master`],
    ...BRIDGE_MODE.acts(victims).slice(1),
  ],
  broken: (victims) => {
    const { neighbour, all } = victims;
    const keys = new Set(BRIDGE_MODE.broken(victims));
    keys.delete(`neighbour ${neighbour.address} dev ${BRIDGE}`);
    keys.add(`fdb ${FABRIC_MAC} dev eth0`);
    for (const pod of all) {
      keys.add(element('tunnel_pods', pod.address));
      for (const address of sixOf(pod)) keys.add(element('tunnel_pods6', address));
    }
    return keys;
  },
};

/** The modes, in the order of the lab. */
export const LAB_MODES: readonly LabMode[] = [
  BRIDGE_MODE,
  TRANSPARENT_MODE,
  FABRIC_MODE,
  TUNNEL_MODE,
  ROUTED_MODE,
];

function sixOf({ address6 }: Attached): readonly string[] {
  return address6 === undefined ? [] : [address6];
}

function element(set: string, key: string): string {
  return keyOf({ kind: 'nft-element', netns: HOST, table: 'vnet', set, key });
}
