/** The document for a node whose pods are behind a bridge with the gateway's address: host-local's files, checked against the kernel. Pure. */
import type { Masquerade, Network, Pools } from '../../../../schemas/generated/vnet.ts';
import {
  familyOf,
  formatAddress,
  normaliseAddress,
  normalisePrefix,
  parseAddress,
  parsePrefix,
  predecessor,
  successor,
  withoutLength,
} from '../../../model/addresses/address.ts';
import {
  expandRanges,
  formatAddresses,
  listAddresses,
  subtractAddresses,
} from '../../../model/addresses/address-list.ts';
import { type Pool, poolKey, subnetTexts } from '../../../model/addresses/families.ts';
import { allModes } from '../../../model/modes/registry.ts';
import { isMark } from '../../../model/names.ts';
import type { VethPeer } from '../../../model/ports/veth-peer.ts';
import type { Observation, Scope } from '../../../model/ports/kernel.ts';
import { Bug, fail, ok, type Result } from '../../../model/result.ts';
import { HOST, type LinkObject } from '../../../model/state.ts';
import { linkOf } from '../endpoints.ts';
import type { ImportOrigin, ImportProposal } from '../proposal.ts';
import { LocalEndpoints } from './endpoints.ts';
import type { BridgeSource } from './source.ts';
import { scopeOf } from '../../../model/scope.ts';

/** Returns the origin of an import from the plugins `bridge` and `host-local`, or from kubenet. */
export function bridgeOrigin(source: BridgeSource): ImportOrigin {
  const { network, bridge } = source.conf;
  return {
    scope: scopeOfBridge(source),
    propose: (observation, now) => proposeBridge(source, observation, now),
    next: [
      `Next: replace the plugins of network ${network} by {"type": "azure-vnet", "mode": "routed", "bridge": "${bridge}"}, under the same name, before a pod starts.`,
      'To undo: remove the document, run nft delete table bridge vnet and nft delete table inet vnet, and restore the configuration.',
    ],
  };
}

function scopeOfBridge({ conf, ends }: BridgeSource): Scope {
  return scopeOf({
    whole: true,
    devices: [conf.bridge],
    pods: ends.map(({ netns, ifName }) => ({ netns, ifName })),
  });
}

/** A bridge with its ports. Shape: `pods` are the far ends that are found. */
type Found = {
  readonly link: LinkObject;
  readonly ports: readonly LinkObject[];
  readonly pods: readonly VethPeer[];
  readonly addresses: readonly string[];
};

function proposeBridge(source: BridgeSource, observation: Observation, now: Date): Result<ImportProposal> {
  const found = findBridge(source, observation);
  if (!found.ok) return found;
  const { network: name } = source.conf;
  const pools = poolsOf(source, found.value);
  const collected = new LocalEndpoints(source, { name, pools, now });
  for (const end of found.value.pods) collected.take(end);
  const unknown = found.value.ports.filter(
    ({ name: port }) => !found.value.pods.some((end) => end.hostVeth === port),
  );
  for (const { name: port } of unknown) {
    const message = 'a port whose pod was not found: foreign, not changed';
    collected.findings.push({ sort: 'left', subject: port, message });
  }
  collected.rest(unknown.length > 0);
  const network = networkOf(source, found.value, { pools, antiSpoofing: !collected.hasOthers });
  const notes = source.notes.map((note) => ({ sort: 'note', ...note }) as const);
  return ok({
    networks: new Map([[name, network]]),
    endpoints: collected.endpoints,
    released: collected.released,
    kept: new Set(),
    findings: [...collected.findings, ...notes],
  });
}

function findBridge({ conf, ends }: BridgeSource, observation: Observation): Result<Found> {
  const link = linkOf(observation, HOST, conf.bridge);
  if (link?.type !== 'bridge') {
    return refuse(
      `there is no bridge ${conf.bridge}`,
      'There is nothing to import: the first ADD creates the network',
    );
  }
  if (isMark(link.alias)) {
    return refuse(`${conf.bridge} is vnet's (${link.alias ?? ''})`, 'There is nothing to import');
  }
  const objects = Array.from(observation.state.values());
  const ports = objects.flatMap((object) =>
    object.kind === 'link' && object.netns === HOST && object.master === conf.bridge ? [object] : [],
  );
  const uplink = ports.find(({ type }) => type !== 'veth');
  if (uplink !== undefined) {
    const how = 'vnet import --from-live proposes a document of mode bridge';
    return refuse(`${uplink.name} is a port of ${conf.bridge}, as an uplink is`, how);
  }
  const addresses = objects.flatMap((object) =>
    object.kind === 'address' && object.netns === HOST && object.dev === conf.bridge ? [object.address] : [],
  );
  if (addresses.length === 0)
    return refuse(`${conf.bridge} has no address`, 'Give it the gateway of its pods');
  const pods = ends.filter(({ hostVeth }) => ports.some(({ name }) => name === hostVeth));
  return ok({ link, ports, pods, addresses });
}

function refuse(message: string, hint: string): Result<never> {
  return fail('refused', 'import', message, { hint: `${hint}. Nothing was changed.` });
}

/** The gateway is the bridge's own address. */
function poolsOf({ conf }: BridgeSource, { addresses }: Found): Pools {
  const pools: Partial<Record<keyof Pools, Pool>> = {};
  for (const address of addresses) {
    const family = familyOf(address);
    const key = family && poolKey(family);
    if (key === undefined || pools[key] !== undefined) continue;
    const subnet = normalisePrefix(address);
    const ranges = conf.ranges.filter((range) => normalisePrefix(range.subnet) === subnet);
    const texts = (ranges.length === 0 ? [{ subnet }] : ranges).flatMap(rangeText);
    const gateway = withoutLength(address);
    const others = subtractAddresses(expandRanges(texts), listAddresses([parseAddress(gateway) ?? 0]));
    pools[key] = { source: 'static', subnet, gateway, addresses: formatAddresses(others) };
  }
  return pools;
}

/** Without limits, all but the first and the last address. Source: host-local, Range.Canonicalize. */
function rangeText({
  subnet,
  rangeStart,
  rangeEnd,
}: BridgeSource['conf']['ranges'][number]): readonly string[] {
  const prefix = parsePrefix(subnet);
  if (prefix === undefined) return [];
  const first = rangeStart ?? formatAddress(successor(prefix.first));
  const isIpv6 = familyOf(subnet) === 6;
  const last = rangeEnd ?? formatAddress(isIpv6 ? prefix.last : predecessor(prefix.last));
  return [`${normaliseAddress(first)}-${normaliseAddress(last)}`];
}

function networkOf(
  { conf, masquerade, ends }: BridgeSource,
  { link }: Found,
  { pools, antiSpoofing }: { readonly pools: Pools; readonly antiSpoofing: boolean },
): Network {
  const mode = allModes().find((one) => one.adopt !== undefined);
  const own = masquerade ?? (conf.masquerades ? { enabled: true, direct: multicast(ends) } : undefined);
  const network = mode?.adopt?.(link, {
    pools,
    antiSpoofing,
    ...(conf.hairpin === undefined ? {} : { hairpin: conf.hairpin }),
    ...(own === undefined ? {} : { masquerade: withSubnets(own, subnetTexts({ pools })) }),
  });
  if (network === undefined) throw new Bug('no mode has a bridge with the address of the gateway');
  return network;
}

/** The plugin masquerades neither towards the subnet of its pods nor multicast. */
function multicast(ends: readonly VethPeer[]): readonly string[] {
  const hasIpv6 = ends.some(({ addresses }) => addresses.some((address) => familyOf(address) === 6));
  return ['224.0.0.0/4', ...(hasIpv6 ? ['ff00::/8'] : [])];
}

function withSubnets(masquerade: Masquerade, subnets: readonly string[]): Masquerade {
  return { ...masquerade, direct: [...new Set([...subnets, ...masquerade.direct])] };
}
