/** The packets of a node's pods at the hooks of the kernel's packet path. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type AddressList, listAddresses } from '../addresses/address-list.ts';
import { addressesOf } from '../addresses/pool.ts';
import { coreOf } from '../modes/cores.ts';
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

/** The links and addresses of a network's pods. Shape: without a `bridge` the node routes to each host veth. */
type Ends = {
  readonly bridge: string | undefined;
  readonly uplink: readonly string[];
  readonly veths: readonly string[];
  readonly pods: AddressList;
};

/**
 * Returns the packets of all networks that attach pods; `isFiltered`: br_netfilter passes bridged packets to
 * IPv4 rules. A network without pods has none.
 */
export function flowsOf(document: VnetDocument, isFiltered: boolean): readonly Flow[] {
  return Object.keys(document.networks).flatMap((name) => {
    const ends = endsOf(document, name);
    if (ends === undefined) return [];
    const { bridge } = ends;
    if (bridge === undefined) return unbridgedFlows(ends);
    return [
      ...(['ip', 'arp'] as const).flatMap((type) => bridgedFlows(ends, type)),
      ...(ends.uplink.length === 0 ? forwardedFlows(bridge, ends) : []),
      ...(isFiltered ? filteredFlows(bridge, ends) : []),
      {
        what: 'from the node to pods',
        families: ['ip', 'inet'],
        hook: 'output',
        packets: { oif: [bridge], destination: ends.pods, type: 'ip', isBridged: false },
      } satisfies Flow,
    ];
  });
}

function endsOf(document: VnetDocument, name: string): Ends | undefined {
  const network = document.networks[name];
  if (network === undefined || coreOf(network).attach === undefined) return undefined;
  const { bridge, uplink } = coreOf(network).links(network);
  const own = Object.entries(document.endpoints ?? {}).filter(
    ([id, { leaving }]) => parseEndpointId(id).network === name && leaving === undefined,
  );
  if (own.length === 0) return undefined;
  return {
    bridge: bridge?.name,
    uplink: uplink === undefined ? [] : [uplink.name],
    veths: own.flatMap(([, { hostVeth }]) => hostVeth ?? []),
    pods: listAddresses(own.flatMap(([, endpoint]) => addressesOf(endpoint))),
  };
}

/** Source: net/bridge: the links are the ports that a frame enters and leaves by. */
function bridgedFlows({ uplink, veths, pods }: Ends, type: Packets['type']): readonly Flow[] {
  const [source, destination] = type === 'ip' ? [pods, pods] : [undefined, undefined];
  const common = { type, isBridged: false };
  const from = { ...common, iif: veths, source };
  const to = { ...common, oif: veths, destination };
  return flowsThrough(['bridge'], { from, to, uplink });
}

/** Packets of a network without a bridge pass the IPv4 hooks alone. */
function unbridgedFlows({ uplink, veths, pods }: Ends): readonly Flow[] {
  const common = { type: 'ip', isBridged: false } as const;
  const from = { ...common, iif: veths, source: pods };
  const to = { ...common, oif: veths, destination: pods };
  return flowsThrough(['ip', 'inet'], { from, to, uplink });
}

/** From a bridge without uplink, the node forwards packets to wherever its routes lead. */
function forwardedFlows(bridge: string, { pods }: Ends): readonly Flow[] {
  const common = { families: ['ip', 'inet'], hook: 'forward' } as const;
  const packets = { type: 'ip', isBridged: false } as const;
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

/** Source: net/bridge/br_netfilter_hooks.c: IPv4 hooks see the bridge instead of its ports. */
function filteredFlows(bridge: string, { pods }: Ends): readonly Flow[] {
  const families = ['ip', 'inet'] as const;
  const common = { type: 'ip', isBridged: true } as const;
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
