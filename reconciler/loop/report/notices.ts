/** Notices for the node's administrator although no object differs from the document. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  familyOf,
  formatAddress,
  normaliseAddress,
  parseAddress,
  withoutLength,
} from '../../model/addresses/address.ts';
import { poolsOf } from '../../model/addresses/families.ts';
import { containsAddress, expandRanges } from '../../model/addresses/address-list.ts';
import { addressesOf } from '../../model/addresses/pool.ts';
import { networksWith, type NetworkWith } from '../../model/capabilities.ts';
import { tunnelsOn } from '../../model/modes/parts/describe-uplink.ts';
import { acceptsRouters } from '../../model/modes/parts/settings.ts';
import { isFloatingAddress } from '../../model/modes/parts/uplink.ts';
import { ipv6Off, needsIpv6 } from '../../model/modes/ipv6-off.ts';
import { modeOf } from '../../model/modes/registry.ts';
import { parseEndpointId } from '../../model/names.ts';
import { networkLinks, probeOf } from '../../model/networks.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { type AddressObject, HOST, keyOf, linkKeyOf, type NetObject, type State } from '../../model/state.ts';
import { count } from '../../model/words.ts';
import type { AnsweredProbe } from '../../model/ports/pool-records.ts';
import { isOfFabric } from '../files/probe-file.ts';

/**
 * One notice.
 * Shape: `severity`: `harm`: packets are lost, or an address is used twice; `note`: it explains missing
 * objects.
 */
export type NodeNotice = {
  readonly id:
    | 'ipv6'
    | 'pool-overlap'
    | 'pod-mtu'
    | 'cni-keys'
    | 'floating'
    | 'router-advertisements'
    | 'bound-tunnels'
    | 'source-routing';
  readonly severity: 'harm' | 'note';
  readonly message: string;
  readonly remedy: string;
};

/** Returns the notices about the observed node; `probeAnswers` are those of the last minutes. */
export function noticesOf(
  document: VnetDocument,
  { state }: Pick<Observation, 'state'>,
  probeAnswers: (network: string) => readonly AnsweredProbe[] = () => [],
): readonly NodeNotice[] {
  return [
    ...Object.entries(document.networks).flatMap(([name, network]) => [
      ...ipv6Notices(document, name, state),
      ...overlapNotices(document, name, state),
      ...(probeOf(network) === undefined ? [] : probeNotices(name, probeAnswers(name))),
    ]),
    ...mtuNotices(document, state),
    ...networksWith(document, 'untouched').flatMap((one) => wayOutNotices(one, state)),
    ...networksWith(document, 'takeover').flatMap((one) => [
      ...floatingNotices(one, state),
      ...advertisementNotices(one, state),
      ...tunnelNotices(one, state),
    ]),
  ];
}

/** Networks of a second NIC: Azure delivers a packet only from the NIC that its source address belongs to. */
function wayOutNotices(
  { name, network, mode: { untouched } }: NetworkWith<'untouched'>,
  state: State,
): readonly NodeNotice[] {
  const dev = untouched.otherWayOut?.(network, state);
  if (dev === undefined) return [];
  const { name: uplink } = untouched.uplink(network);
  return [
    {
      id: 'source-routing',
      severity: 'harm',
      message: `packets of network ${name} leave by ${dev}, which has the default route, not by their uplink ${uplink}: Azure drops packets from the wrong NIC`,
      remedy: `Add sourceRouting: {} to networks.${name} (vnet edit).`,
    },
  ];
}

/** Tunnels that were bound to the uplink after its first takeover. */
function tunnelNotices(
  { network, mode: { takeover } }: NetworkWith<'takeover'>,
  state: State,
): readonly NodeNotice[] {
  const { name, released } = takeover.uplink(network);
  const carrier = takeover.carrier(network);
  if (released === true) return [];
  return tunnelsOn(state, name).map(({ name: tunnel, lower }) => ({
    id: 'bound-tunnels',
    severity: 'harm',
    message: `the ${lower?.kind} ${tunnel} is bound to ${name}, whose routes are on ${carrier}: its packets have no route`,
    remedy: `Create ${tunnel} without "dev ${name}", or with "dev ${carrier}".`,
  }));
}

/** Settings that routers advertised to the uplink, and do not renew on the bridge. */
function advertisementNotices(
  { network, mode: { takeover } }: NetworkWith<'takeover'>,
  state: State,
): readonly NodeNotice[] {
  const { released } = takeover.uplink(network);
  const carrier = takeover.carrier(network);
  if (released === true) return [];
  const ending = Array.from(state.values()).filter(
    (one) =>
      (one.kind === 'route' || one.kind === 'address') &&
      one.netns === HOST &&
      one.dev === carrier &&
      one.dynamic === true &&
      (one.kind === 'route' ? one.family === 6 : familyOf(one.address) === 6),
  );
  if (acceptsRouters(takeover.uplink(network)))
    return dhcpNotices(ending, takeover.uplink(network).name, carrier);
  if (ending.length === 0) return [];
  return [
    {
      id: 'router-advertisements',
      severity: 'note',
      message: `accept_ra is off on ${carrier}: ${ending.map(keyOf).join(', ')} expires and is not renewed`,
      remedy: `To renumber, add static addresses and routes to networks.*.uplink (vnet edit), or let the network manager accept router advertisements on ${carrier}.`,
    },
  ];
}

/** A DHCPv6 client gives single addresses; routers renew all others. */
function dhcpNotices(ending: readonly NetObject[], uplink: string, carrier: string): readonly NodeNotice[] {
  const leases = ending.filter((one) => one.kind === 'address' && one.address.endsWith('/128'));
  if (leases.length === 0) return [];
  return [
    {
      id: 'router-advertisements',
      severity: 'note',
      message: `${leases.map(keyOf).join(', ')} expires: a DHCPv6 client on ${uplink}, a port of ${carrier}, cannot renew it`,
      remedy: `Let the DHCPv6 client use ${carrier}; or add a static address to networks.*.uplink (vnet edit).`,
    },
  ];
}

function floatingNote(message: string, remedy: string): NodeNotice {
  return { id: 'floating', severity: 'note', message, remedy };
}

/** Addresses that move between nodes, and those that another program added to an uplink that is in its bridge. */
function floatingNotices(
  { network, mode: { takeover } }: NetworkWith<'takeover'>,
  state: State,
): readonly NodeNotice[] {
  const { name, addresses = [], released } = takeover.uplink(network);
  const carrier = takeover.carrier(network);
  const link = state.get(linkKeyOf(name));
  if (released === true || link?.kind !== 'link' || link.master !== carrier) return [];
  const on = (dev: string): readonly string[] =>
    hostAddressesIn(state).flatMap((one) => (one.dev === dev ? [normaliseAddress(one.address)] : []));
  const [onUplink, onCarrier] = [on(name), on(carrier)];
  const floating = addresses
    .filter((one) => isFloatingAddress(one, addresses))
    .map(({ address }) => normaliseAddress(address));
  const away = floating.filter((address) => !onUplink.includes(address) && !onCarrier.includes(address));
  return [
    ...onUplink.map((address) =>
      floatingNote(
        `${address} is on ${name}, a port of ${carrier}: another program added it there`,
        `Let that program (keepalived, kube-vip) use ${carrier}; or give it to vnet: vnet address own ${withoutLength(address)}.`,
      ),
    ),
    ...floating
      .filter((address) => onCarrier.includes(address))
      .map((address) =>
        floatingNote(
          `${address} on ${carrier} moves between nodes: it is not restored when it is missing`,
          `If it belongs to this node: vnet address own ${withoutLength(address)}; else let its program use ${carrier}, and vnet address disown ${withoutLength(address)}.`,
        ),
      ),
    ...away.map((address) =>
      floatingNote(
        `${address} has left this node: it is not restored`,
        `If it belongs to this node: vnet address own ${withoutLength(address)}; else vnet address disown ${withoutLength(address)}.`,
      ),
    ),
  ];
}

function ipv6Notices(document: VnetDocument, name: string, state: State): readonly NodeNotice[] {
  const network = document.networks[name];
  const off = network === undefined ? undefined : ipv6Off(network, state);
  if (network === undefined || off === undefined) return [];
  const missing = modeOf(network)
    .network(name, network)
    .filter((object) => object.kind !== 'sysctl' && needsIpv6(object));
  if (missing.length === 0) return [];
  const where = off === 'node' ? 'the kernel has no IPv6 (ipv6.disable=1)' : 'the sysctl disable_ipv6 is on';
  return [
    {
      id: 'ipv6',
      severity: 'note',
      message: `${where}: ${count(missing.length, 'IPv6 object')} of network ${name} is not set`,
      remedy: `Remove them from networks.${name} (vnet edit), or turn IPv6 on.`,
    },
  ];
}

/** Addresses of other interfaces of the node within the pool. */
function overlapNotices(document: VnetDocument, name: string, state: State): readonly NodeNotice[] {
  const network = document.networks[name];
  if (network === undefined) return [];
  const listed = expandRanges(poolsOf(network).flatMap(({ pool }) => pool.addresses));
  const known = new Set(
    (modeOf(network).takeover?.uplink(network).addresses ?? []).map(({ address }) => withoutLength(address)),
  );
  const holders = new Map(
    Object.entries(document.endpoints ?? {})
      .filter(([id]) => parseEndpointId(id).network === name)
      .flatMap(([id, endpoint]) => addressesOf(endpoint).map((address) => [address, id] as const)),
  );
  return hostAddressesIn(state).flatMap(({ address: text, dev }): NodeNotice[] => {
    const address = parseAddress(withoutLength(text));
    if (address === undefined || known.has(withoutLength(text)) || !containsAddress(listed, address))
      return [];
    const holder = holders.get(address);
    const shown = formatAddress(address);
    const said = holder === undefined ? 'it is not assigned' : `endpoint ${holder} has it too`;
    return [
      {
        id: 'pool-overlap',
        severity: holder === undefined ? 'note' : 'harm',
        message: `${shown} of pool ${name} is an address of ${dev}: ${said}`,
        remedy: `Remove it there (ip address del ${text} dev ${dev}), or add it to networks.${name}.pool.exclude.`,
      },
    ];
  });
}

/** Addresses for which other machines answered a probe. */
function probeNotices(name: string, answers: readonly AnsweredProbe[]): readonly NodeNotice[] {
  const note = { id: 'pool-overlap', severity: 'note' } as const;
  const others = answers.filter((one) => !isOfFabric(one));
  const useless = {
    ...note,
    message: `the virtual network answers every probe of network ${name}, so probes find nothing`,
    remedy: `Remove networks.${name}.probe (vnet edit): each ADD waits for it.`,
  };
  return [
    ...others.map(({ address, mac }) => ({
      ...note,
      message: `${address} of pool ${name} is in use by another machine (${mac} answered a probe): it is not assigned`,
      remedy: `Find that machine (arping ${address}), or add the address to networks.${name}.pools.*.exclude.`,
    })),
    ...(others.length === answers.length ? [] : [useless]),
  ];
}

function hostAddressesIn(state: State): readonly AddressObject[] {
  return Array.from(state.values()).flatMap((object) =>
    object.kind === 'address' && object.netns === HOST ? [object] : [],
  );
}

/** A frame larger than the NIC's MTU is dropped silently: bridges send no ICMP. */
function mtuNotices(document: VnetDocument, state: State): readonly NodeNotice[] {
  return networkLinks(document).flatMap(({ uplink, bridge }): NodeNotice[] => {
    const nic = uplink === undefined ? undefined : state.get(linkKeyOf(uplink.name));
    const mtuBytes = nic?.kind === 'link' ? nic.mtuBytes : undefined;
    if (uplink === undefined || bridge === undefined || mtuBytes === undefined) return [];
    const pods = Object.entries(document.endpoints ?? {}).filter(([id, { netns = '' }]) => {
      const link = state.get(linkKeyOf(parseEndpointId(id).ifName, netns));
      return link?.kind === 'link' && (link.mtuBytes ?? 0) > mtuBytes;
    });
    if (pods.length === 0) return [];
    const names = pods.map(([id, { pod = id }]) => pod).join(', ');
    return [
      {
        id: 'pod-mtu',
        severity: 'harm',
        message: `${uplink.name} has MTU ${mtuBytes}; larger packets of ${count(pods.length, 'pod')} are lost: ${names}`,
        remedy: `Restore it (vnet reconcile --max-disruption flow-reset), or set networks.*.uplink.mtu to ${mtuBytes} and restart these pods.`,
      },
    ];
  });
}
