/** The packets of a node's pods at the hooks of the kernel's packet path. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Address } from '../addresses/address.ts';
import { type AddressList, listAddresses } from '../addresses/address-list.ts';
import { addressesOf } from '../addresses/pool.ts';
import { coreOf } from '../modes/cores.ts';
import { modeOf } from '../modes/registry.ts';
import { parseEndpointId } from '../names.ts';
import type { FilterFamily, Hook } from './ruleset.ts';
import type { Packets } from './walk.ts';

/** Packets at one hook. Shape: `what` describes them for messages. */
export type Flow = {
  readonly what: string;
  readonly families: readonly FilterFamily[];
  readonly hook: Hook;
  readonly packets: Packets;
};

/** The type of packets of each address family. */
type IpType = 'ip' | 'ip6';

/** The links and addresses of a network's pods. Shape: without a `bridge` the node routes to each host veth. */
type Ends = {
  readonly bridge: string | undefined;
  readonly uplink: readonly string[];
  readonly veths: readonly string[];
  readonly pods: AddressList;
  readonly type: IpType;
  /** true: packets between pods of the node leave by the uplink and return by it. */
  readonly isByFabric: boolean;
};

/** Whether br_netfilter passes bridged packets of the type to the hooks of the IP layer. */
export type BridgeFilters = { readonly [Type in IpType]?: boolean };

/** Returns the packets of all networks that attach pods, of each family that pods have. */
export function flowsOf(document: VnetDocument, filters: BridgeFilters): readonly Flow[] {
  return Object.keys(document.networks).flatMap((name) =>
    (['ip', 'ip6'] as const).flatMap((type) => {
      const ends = endsOf(document, name, type);
      return ends === undefined ? [] : flowsOfFamily(ends, filters[type] === true);
    }),
  );
}

function flowsOfFamily(ends: Ends, isFiltered: boolean): readonly Flow[] {
  const { bridge, pods, type } = ends;
  const types: readonly Packets['type'][] = type === 'ip' ? ['ip', 'arp'] : ['ip6'];
  const devices = types.flatMap((one) => deviceFlows(ends, one));
  if (bridge === undefined) return [...unbridgedFlows(ends), ...devices];
  return [
    ...types.flatMap((one) => bridgedFlows(ends, one)),
    ...devices,
    ...(ends.uplink.length === 0 ? forwardedFlows(bridge, ends) : []),
    ...(isFiltered ? filteredFlows(bridge, ends) : []),
    {
      what: 'from the node to pods',
      families: familiesOf(type),
      hook: 'output',
      packets: { oif: [bridge], destination: pods, type, isBridged: false },
    },
    {
      what: 'from pods to the node',
      families: familiesOf(type),
      hook: 'input',
      packets: { iif: [bridge], source: pods, type, isBridged: false },
    },
  ];
}

/**
 * Returns the flow as a chain at the hook of these devices sees it: the packets of the devices that it passes. Without devices,
 * the chain sees all.
 */
export function flowOn(flow: Flow, devices: readonly string[] | undefined): readonly Flow[] {
  const side = flow.hook === 'ingress' ? 'iif' : flow.hook === 'egress' ? 'oif' : undefined;
  if (devices === undefined || side === undefined) return [flow];
  const passed = (flow.packets[side] ?? []).filter((name) => devices.includes(name));
  return passed.length === 0 ? [] : [{ ...flow, packets: { ...flow.packets, [side]: passed } }];
}

function familiesOf(type: IpType): Flow['families'] {
  return [type, 'inet'];
}

function endsOf(document: VnetDocument, name: string, type: IpType): Ends | undefined {
  const network = document.networks[name];
  if (network === undefined || coreOf(network).attach === undefined) return undefined;
  const { azure, attach } = modeOf(network);
  const { bridge, uplink } = coreOf(network).links(network);
  const own = Object.entries(document.endpoints ?? {}).filter(
    ([id, { leaving }]) => parseEndpointId(id).network === name && leaving === undefined,
  );
  const isOf = (address: Address): boolean => (typeof address === 'number') === (type === 'ip');
  const pods = listAddresses(own.flatMap(([, endpoint]) => addressesOf(endpoint).filter(isOf)));
  if (pods.length === 0) return undefined;
  return {
    bridge: bridge?.name,
    uplink: uplink === undefined ? [] : [uplink.name],
    veths: own.flatMap(([, { hostVeth }]) => hostVeth ?? []),
    pods,
    type,
    isByFabric: azure !== undefined && azure.nameOf(network) === attach?.tunnelName,
  };
}

/** Source: net/bridge: the links are the ports that a frame enters and leaves by. */
function bridgedFlows({ uplink, veths, pods }: Ends, type: Packets['type']): readonly Flow[] {
  const [source, destination] = type === 'arp' ? [undefined, undefined] : [pods, pods];
  const common = { type, isBridged: false };
  const from = { ...common, iif: veths, source };
  const to = { ...common, oif: veths, destination };
  return flowsThrough(['bridge'], { from, to, uplink });
}

/** Frames at the hooks of the interfaces themselves, before and after everything else. Source: nft(8), family netdev. */
function deviceFlows({ uplink, veths, pods }: Ends, type: Packets['type']): readonly Flow[] {
  const [source, destination] = type === 'arp' ? [undefined, undefined] : [pods, pods];
  const common = { type, isBridged: false };
  const families = ['netdev', 'inet'] as const;
  const all = [
    { what: 'from pods', families, hook: 'ingress', packets: { ...common, iif: veths, source } },
    { what: 'to pods', families, hook: 'egress', packets: { ...common, oif: veths, destination } },
    {
      what: 'from other nodes to pods',
      families,
      hook: 'ingress',
      packets: { ...common, iif: uplink, destination },
    },
    {
      what: 'from pods to other nodes',
      families,
      hook: 'egress',
      packets: { ...common, oif: uplink, source },
    },
  ] as const;
  return all.filter(({ packets }) => (('iif' in packets ? packets.iif : packets.oif) ?? []).length > 0);
}

/** Packets of a network without a bridge pass the hooks of the IP layer alone. */
function unbridgedFlows({ uplink, veths, pods, type, isByFabric }: Ends): readonly Flow[] {
  const common = { type, isBridged: false };
  const from = { ...common, iif: veths, source: pods };
  const to = { ...common, oif: veths, destination: pods };
  const families = familiesOf(type);
  // Marked on the way to the network: the route of the mark leads back neither to the pod's link nor to the uplink.
  const both = { ...common, source: pods, destination: pods, isReturned: true } as const;
  const named = { what: 'between pods by the network', families, hook: 'prerouting' } as const;
  return [
    ...flowsThrough(families, { from, to, uplink }),
    ...(isByFabric ? [uplink, veths].map((iif): Flow => ({ ...named, packets: { ...both, iif } })) : []),
  ];
}

/** From a bridge without uplink, the node forwards packets to wherever its routes lead. */
function forwardedFlows(bridge: string, { pods, type }: Ends): readonly Flow[] {
  const common = { families: familiesOf(type), hook: 'forward' } as const;
  const packets = { type, isBridged: false };
  return [
    { ...common, what: 'from pods to other nodes', packets: { ...packets, iif: [bridge], source: pods } },
    {
      ...common,
      what: 'from other nodes to pods',
      packets: { ...packets, oif: [bridge], destination: pods },
    },
  ];
}

type Sides = Pick<Ends, 'uplink'> & { readonly from: Packets; readonly to: Packets };

/** All hooks that packets of pods pass, with names of the flows. */
function flowsThrough(families: Flow['families'], { from, to, uplink }: Sides): readonly Flow[] {
  return [
    { what: 'between pods', families, hook: 'forward', packets: { ...from, ...to } },
    { what: 'from pods', families, hook: 'prerouting', packets: from },
    { what: 'to pods', families, hook: 'postrouting', packets: to },
    { what: 'from pods to the node', families, hook: 'input', packets: from },
    { what: 'from the node to pods', families, hook: 'output', packets: to },
    { what: 'from pods to other nodes', families, hook: 'forward', packets: { ...from, oif: uplink } },
    { what: 'from other nodes to pods', families, hook: 'forward', packets: { ...to, iif: uplink } },
  ];
}

/** Source: net/bridge/br_netfilter_hooks.c: the hooks of the IP layer see the bridge instead of its ports. */
function filteredFlows(bridge: string, { pods, type }: Ends): readonly Flow[] {
  const families = familiesOf(type);
  const common = { type, isBridged: true };
  const [iif, oif] = [[bridge], [bridge]];
  const both = { ...common, iif, oif };
  return [
    {
      what: 'between pods',
      families,
      hook: 'forward',
      packets: { ...both, source: pods, destination: pods },
    },
    { what: 'from pods', families, hook: 'prerouting', packets: { ...common, iif, source: pods } },
    { what: 'to pods', families, hook: 'postrouting', packets: { ...common, oif, destination: pods } },
    { what: 'from pods to other nodes', families, hook: 'forward', packets: { ...both, source: pods } },
    { what: 'from other nodes to pods', families, hook: 'forward', packets: { ...both, destination: pods } },
  ];
}
