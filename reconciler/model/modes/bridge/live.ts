/** A network of bridge mode and its endpoints, with the kernel's values. Pure. */
import type {
  BridgeNetwork,
  Endpoint,
  UplinkAddress,
  VnetDocument,
} from '../../../../schemas/generated/vnet.ts';
import { parseEndpointId, VNET_PROTOCOL } from '../../names.ts';
import type { Observation } from '../../ports/kernel.ts';
import {
  HOST,
  keyOf,
  linkKeyOf,
  type LinkObject,
  type NetObject,
  normaliseObject,
  type State,
} from '../../state.ts';
import { deriveBridgeEndpoint } from './core.ts';
import { describeNetwork } from './capture.ts';
import { MAIN_TABLE } from '../../kinds/route.ts';
import { omitUndefined } from '../../objects.ts';

/** Returns the network with the kernel's values; unchanged if its uplink is absent. */
export function liveNetwork(
  document: VnetDocument,
  name: string,
  network: BridgeNetwork,
  observation: Observation,
): BridgeNetwork {
  const uplink = linkOf(observation.state, network.uplink.name);
  if (uplink === undefined) return network;
  const bridge = linkOf(observation.state, network.bridge.name);
  const found = describeNetwork(observation, uplink, network.bridge.name, network.pools);
  const { routes: _routes, arp: _arp, ...rest } = network;
  const routes = liveRoutes(network, observation.state);
  const arp = liveArp(document, name, network, observation.state);
  return {
    ...rest,
    uplink: {
      ...network.uplink,
      ...found.uplink,
      addresses: (found.uplink.addresses ?? []).map((address) => withLabel(address, network)),
      ...releasedOf(network, uplink),
    },
    bridge: liveBridge(document, name, network, { uplink, bridge, state: observation.state }),
    ...omitUndefined({ arp, routes }),
  };
}

/** An uplink outside its bridge is in the state after `vnet release`. */
function releasedOf(
  { uplink, bridge }: BridgeNetwork,
  { master }: LinkObject,
): { readonly released?: boolean } {
  if (master !== bridge.name) return { released: true };
  return uplink.released === undefined ? {} : { released: false };
}

/**
 * The label of an address belongs to the uplink: while the bridge has the address, only the document records
 * the label.
 */
function withLabel(address: UplinkAddress, { uplink }: BridgeNetwork): UplinkAddress {
  const label = uplink.addresses?.find((one) => one.address === address.address)?.label;
  return label === undefined || address.label !== undefined ? address : { ...address, label };
}

function liveBridge(
  document: VnetDocument,
  name: string,
  { bridge: wanted, uplink: wantedUplink }: BridgeNetwork,
  seen: {
    readonly uplink: LinkObject;
    readonly bridge: LinkObject | undefined;
    readonly state: State;
  },
): BridgeNetwork['bridge'] {
  const ports = portsOf(document, name, seen.state);
  const hairpins = new Set(ports.map(({ port }) => port?.hairpin === true));
  const watched = new Set(ports.map(({ name: dev }) => seen.state.has(keyOf(element('ports', dev)))));
  const { mac, mtuBytes } = seen.bridge ?? {};
  const isPinned = wanted.mac !== undefined || mac !== wantedUplink.mac.toLowerCase();
  const isSized = wanted.mtu !== undefined || mtuBytes !== seen.uplink.mtuBytes;
  return {
    ...wanted,
    ...(mac !== undefined && isPinned ? { mac } : {}),
    ...(mtuBytes !== undefined && isSized ? { mtu: mtuBytes } : {}),
    ...flag('hairpin', wanted.hairpin, hairpins),
    ...flag('antiSpoofing', wanted.antiSpoofing, watched),
  };
}

/** A value common to all ports belongs to the bridge; defaults stay unwritten. */
function flag(
  field: 'hairpin' | 'antiSpoofing',
  wanted: boolean | undefined,
  seen: ReadonlySet<boolean>,
): Partial<BridgeNetwork['bridge']> {
  const [only] = seen;
  if (seen.size !== 1 || only === undefined || (wanted === undefined && only)) return {};
  return { [field]: only };
}

function portsOf(document: VnetDocument, network: string, state: State): readonly LinkObject[] {
  return Object.entries(document.endpoints ?? {}).flatMap(([id, { hostVeth = '' }]) => {
    const link = parseEndpointId(id).network === network ? linkOf(state, hostVeth) : undefined;
    return link === undefined ? [] : [link];
  });
}

function liveRoutes({ bridge, routes }: BridgeNetwork, state: State): BridgeNetwork['routes'] {
  const found = objectsOf(state, 'route').filter(
    ({ netns, dev, protocol }) => netns === HOST && dev === bridge.name && protocol === VNET_PROTOCOL,
  );
  if (found.length === 0 && routes === undefined) return undefined;
  return found.map(({ to, via, source, table, metric, onLink, mtuBytes }) => ({
    to,
    ...omitUndefined({
      via,
      source,
      table: table === MAIN_TABLE ? undefined : table,
      metric: metric || undefined,
      onLink: onLink || undefined,
      mtu: mtuBytes,
    }),
  }));
}

/** Our permanent neighbours on the bridge that belong to no pod. */
function liveArp(
  document: VnetDocument,
  name: string,
  network: BridgeNetwork,
  state: State,
): BridgeNetwork['arp'] {
  const ofPods = new Set(
    Object.entries(document.endpoints ?? {})
      .filter(([id]) => parseEndpointId(id).network === name)
      .flatMap(([id, endpoint]) =>
        deriveBridgeEndpoint(id, endpoint, network).map((one) => keyOf(normaliseObject(one))),
      ),
  );
  const neighbours = objectsOf(state, 'neighbour')
    .filter(
      (one) => one.dev === network.bridge.name && one.protocol === VNET_PROTOCOL && !ofPods.has(keyOf(one)),
    )
    .map(({ address, mac }) => ({ address, mac }));
  if (neighbours.length === 0 && network.arp?.neighbours === undefined) return network.arp;
  return { ...network.arp, neighbours };
}

/** Returns the attached endpoint with the kernel's values; undefined if its host veth is absent. */
export function liveEndpoint(id: string, endpoint: Endpoint, { state }: Observation): Endpoint | undefined {
  const { ifName } = parseEndpointId(id);
  const { netns = '', hostVeth = '' } = endpoint;
  if (linkOf(state, hostVeth) === undefined) return undefined;
  const [first, ...more] = objectsOf(state, 'address')
    .filter((one) => one.netns === netns && one.dev === ifName && one.scope === 0)
    .map(({ address }) => address)
    .toSorted((left, right) => rankIn(endpoint, left) - rankIn(endpoint, right));
  const [lead = ''] = endpoint.addresses[0].split('/');
  const delivered = state.get(keyOf(element('pods', lead)));
  const mac = delivered?.kind === 'nft-element' ? delivered.value : undefined;
  return {
    ...endpoint,
    ...omitUndefined({ mac }),
    ...(first === undefined ? {} : { addresses: [first, ...more] as const }),
  };
}

function rankIn({ addresses }: Endpoint, address: string): number {
  const at = addresses.indexOf(address);
  return at < 0 ? addresses.length : at;
}

function element(set: string, key: string): NetObject {
  return { kind: 'nft-element', netns: HOST, table: 'vnet', set, key };
}

function linkOf(state: State, name: string): LinkObject | undefined {
  const link = state.get(linkKeyOf(name));
  return link?.kind === 'link' ? link : undefined;
}

function objectsOf<K extends NetObject['kind']>(
  state: State,
  kind: K,
): readonly Extract<NetObject, { kind: K }>[] {
  return Array.from(state.values()).filter(
    (one): one is Extract<NetObject, { kind: K }> => one.kind === kind,
  );
}
