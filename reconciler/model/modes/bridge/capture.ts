/**
 * Networks of bridge mode observed in the kernel: on the first ADD, on an import, or made by any program.
 * Pure.
 */
import type { BridgeNetwork, Pools, UplinkAddress } from '../../../../schemas/generated/vnet.ts';
import { compressAddresses } from '../../addresses/address-list.ts';
import { type Pool, poolKey } from '../../addresses/families.ts';
import {
  type Family,
  familyOf,
  formatAddress,
  normaliseAddress,
  normalisePrefix,
  parsePrefix,
  successor,
  withoutLength,
} from '../../addresses/address.ts';
import type { VethPeer } from '../../ports/veth-peer.ts';
import type { Observation } from '../../ports/kernel.ts';
import { omitUndefined } from '../../objects.ts';
import { err, fail, ok, type Result } from '../../result.ts';
import { HOST, type LinkObject } from '../../state.ts';
import type { DiscoveredNetwork, FirstNetwork, RecordedNetwork } from '../mode.ts';
import {
  findUplink,
  holdersOf,
  exhaustedByCloudInit,
  requireUplink,
  cutTunnel,
} from '../parts/first-uplink.ts';
import { describeUplink, hostAddresses, hostLinks } from '../parts/describe-uplink.ts';
import { preflight } from './network.ts';

/** azure-vnet's name of the first uplink's bridge in all shipped configurations. */
const DEFAULT_BRIDGE = 'azure0';

/**
 * Returns the network for the document: the uplink with its addresses and routes, the bridge, the pool. The uplink is the
 * `master` of the request, else the interface with an address in the pool's subnet.
 * If a bridge already holds the uplink (the document was lost), its addresses and routes are those of the uplink.
 */
export function captureFirst(observation: Observation, request: FirstNetwork): Result<BridgeNetwork> {
  const bridge = request.bridge ?? DEFAULT_BRIDGE;
  const found = requireUplink(findUplinkOrPort(observation, request, bridge), request, observation);
  if (!found.ok) return found;
  const uplink = found.value;
  if (uplink.master !== undefined && uplink.master !== '' && uplink.master !== bridge) {
    return fail('refused', `capture ${uplink.name}`, `${uplink.name} already belongs to ${uplink.master}`, {
      hint: `Name another "master" in the CNI configuration, or detach it: ip link set ${uplink.name} nomaster`,
    });
  }
  if (uplink.up === false) {
    return fail(
      'refused',
      `capture ${uplink.name}`,
      `${uplink.name} is down: it is not the uplink of a running node`,
      {
        hint: `Set it up (ip link set ${uplink.name} up), or name another "master" in the CNI configuration.`,
      },
    );
  }
  const { pools, routeViaHost, sameNode } = request;
  const described = describeNetwork(observation, uplink, bridge, pools);
  const network = { ...described, ...omitUndefined({ routeViaHost, sameNode }) };
  // Nothing is written about a network that could not be created.
  const obstacle =
    preflight(network, observation.state) ??
    cutTunnel(observation.state, uplink.name) ??
    exhaustedByCloudInit(request, network.uplink);
  return obstacle === undefined ? ok(network) : err(obstacle);
}

function findUplinkOrPort(
  observation: Observation,
  request: FirstNetwork,
  bridge: string,
): LinkObject | undefined {
  const candidates = hostLinks(observation).filter(({ type, mac }) => type !== 'bridge' && mac !== undefined);
  const direct = findUplink(observation, request, candidates);
  if (direct !== undefined || request.master !== undefined) return direct;
  // Already in the bridge: the uplink is the port that is not a pod's veth.
  const isHeld = holdersOf(observation, request.pools).includes(bridge);
  const ports = candidates.filter((port) => isHeld && port.master === bridge);
  return ports.find(({ alias }) => alias === undefined || alias === '') ?? undefined;
}

/**
 * Returns the network as observed: the complete configuration of the uplink, or of the bridge that holds it.
 */
export function describeNetwork(
  observation: Observation,
  uplink: LinkObject,
  bridge: string,
  pools: Pools,
): BridgeNetwork {
  const carriers = [uplink.name, ...(uplink.master === bridge ? [bridge] : [])];
  return {
    mode: 'bridge',
    uplink: describeUplink(observation, uplink, carriers),
    bridge: { name: bridge },
    pools,
  };
}

/** The bridge keeps its MAC and MTU: pods know the node by them. */
function describeKept(
  observation: Observation,
  { uplink, bridge }: { readonly uplink: LinkObject; readonly bridge: LinkObject },
  pools: Pools,
): BridgeNetwork {
  const found = describeNetwork(observation, uplink, bridge.name, pools);
  const { mac, mtuBytes } = bridge;
  return {
    ...found,
    bridge: {
      ...found.bridge,
      ...(mac === undefined || mac === uplink.mac ? {} : { mac }),
      ...(mtuBytes === undefined || mtuBytes === uplink.mtuBytes ? {} : { mtu: mtuBytes }),
    },
  };
}

/** Returns the missing parts of the bridge and uplink that azure-vnet recorded. */
export function absenceOf(
  observation: Observation,
  { uplink, bridge }: Pick<RecordedNetwork, 'uplink' | 'bridge'>,
): string | undefined {
  const links = hostLinks(observation);
  if (!links.some(({ name, type }) => name === bridge && type === 'bridge')) {
    return `bridge "${bridge}" does not exist`;
  }
  const isPort = links.some(
    ({ name, master, mac }) => name === uplink && master === bridge && mac !== undefined,
  );
  return isPort ? undefined : `${uplink} is not a port of ${bridge}`;
}

/** Returns the network that azure-vnet recorded. On kernels from 5.19 on it leaves the node's address on both links. */
export function describeRecorded(observation: Observation, record: RecordedNetwork): BridgeNetwork {
  const linkOf = (name: string): LinkObject =>
    hostLinks(observation).find((link) => link.name === name) ?? {
      kind: 'link',
      netns: HOST,
      name,
      type: 'device',
    };
  const place = { uplink: linkOf(record.uplink), bridge: linkOf(record.bridge) };
  // In the order of the document: the text is written from it.
  const kept = describeKept(observation, place, record.pools);
  const { uplink, bridge } = kept;
  const { antiSpoofing } = record;
  return {
    ...kept,
    uplink: { ...uplink, addresses: distinct(uplink.addresses ?? []) },
    bridge: { ...bridge, ...(antiSpoofing === undefined ? {} : { antiSpoofing }) },
  };
}

function distinct(addresses: readonly UplinkAddress[]): readonly UplinkAddress[] {
  const seen = new Set<string>();
  return addresses.filter(({ address }) => {
    const key = normaliseAddress(address);
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}

/** Returns every bridge with an uplink and an address, with the pods behind it and a pool of each family. */
export function discoverBridges(
  observation: Observation,
  ends: readonly VethPeer[],
): readonly DiscoveredNetwork<BridgeNetwork>[] {
  const links = hostLinks(observation);
  return links
    .filter(({ type }) => type === 'bridge')
    .map((bridge) => {
      const ports = links.filter(({ master }) => master === bridge.name);
      const behind = ends.filter(({ hostVeth }) => ports.some(({ name }) => name === hostVeth));
      // An interface without an address is not a pod: in a lab, the peer of a cable.
      const pods = behind.filter(({ addresses }) => addresses.length > 0);
      const uplink = uplinkAmong(ports, pods);
      const pools = poolsBehind(observation, bridge.name, pods);
      if (uplink === undefined || pools === undefined) {
        const why = uplink === undefined ? 'it has no uplink' : 'it has no IP address';
        return { remark: `${bridge.name}: skipped, ${why}` };
      }
      return { network: describeKept(observation, { uplink, bridge }, pools), pods };
    });
}

/** The port of a bridge that leads to no pod; a NIC is preferred to a veth. */
function uplinkAmong(ports: readonly LinkObject[], behind: readonly VethPeer[]): LinkObject | undefined {
  const pods = new Set(behind.map(({ hostVeth }) => hostVeth));
  const others = ports.filter(({ name, mac }) => !pods.has(name) && mac !== undefined);
  return others.find(({ type }) => type === 'device') ?? (others.length === 1 ? others[0] : undefined);
}

/** Returns the pools of the subnets that the bridge has an address of; undefined without one. */
function poolsBehind(observation: Observation, dev: string, pods: readonly VethPeer[]): Pools | undefined {
  const own = hostAddresses(observation).filter((one) => one.dev === dev);
  const pools = ([4, 6] as const).flatMap((family) => {
    const first = own.find(({ address }) => familyOf(address) === family);
    return first === undefined ? [] : [[poolKey(family), poolBehind(first.address, family, pods)]];
  });
  return pools.length === 0 ? undefined : Object.fromEntries(pools);
}

function poolBehind(address: string, family: Family, pods: readonly VethPeer[]): Pool {
  const isOf = (one: string): boolean => familyOf(one) === family;
  const held = pods.flatMap(({ addresses }) => addresses.filter(isOf).map(withoutLength));
  const subnet = normalisePrefix(address);
  const gateway = pods.flatMap(({ gateways }) => gateways).find(isOf);
  return {
    source: 'static',
    subnet,
    gateway: gateway ?? formatAddress(successor(parsePrefix(subnet)?.first ?? 0)),
    addresses: compressAddresses([...new Set(held)]),
  };
}
