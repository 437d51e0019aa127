/** The document for a node that runs Azure CNI: its state files, checked against the kernel. Pure. */
import type { Endpoint, Network, Pools, PoolSource } from '../../../schemas/generated/vnet.ts';
import type { AzureNetwork, AzurePool, AzureState, AzureUplink } from '../../azure/state.ts';
import { compressAddresses } from '../../model/addresses/address-list.ts';
import { type Family, familyOf, normalisePrefix, withoutLength } from '../../model/addresses/address.ts';
import { type Pool, poolKey } from '../../model/addresses/families.ts';
import type { AzureCounterpart, RecordedNetwork } from '../../model/modes/mode.ts';
import { allModes } from '../../model/modes/registry.ts';
import type { Observation, Scope } from '../../model/ports/kernel.ts';
import { scopeOf } from '../../model/scope.ts';
import { endpointId, hostVethName, releaseKey } from '../../model/names.ts';
import { Bug, err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import { dnsOf, importEndpoints, type ImportFinding, linkOf } from './endpoints.ts';
import { foreignPorts, type TranslatedNetwork, translatedPrefixes, unrecordedAddresses } from './remarks.ts';

/** The input of an import. `source` is the later source of the pool's addresses. */
export type ImportSource = {
  readonly state: AzureState;
  readonly pools: readonly AzurePool[];
  readonly poolSource: PoolSource;
};

/**
 * The inputs and results of an import's proposal: the scope to observe, the proposed network, and lines about the steps
 * left to the administrator.
 */
export type ImportOrigin = {
  readonly scope: Scope;
  propose(observation: Observation, now: Date): Result<ImportProposal>;
  readonly next: readonly string[];
};

/** Returns the origin of an import from azure-vnet's files. */
export function azureOrigin(source: ImportSource): ImportOrigin {
  return {
    scope: scopeOfImport(source),
    propose: (observation, now) => proposeImport(source, observation, now),
    next: [
      "Next: replace azure-vnet and azure-vnet-ipam in /opt/cni/bin with vnet's before a pod starts.",
      'To undo: restore the rules from import.json, remove the document and run nft delete table bridge vnet.',
    ],
  };
}

/** The document's contents, and the findings. Shape: `kept` as in ImportedEndpoints; `translated` have azure-vnet's ipv6nat. */
export type ImportProposal = {
  readonly networks: ReadonlyMap<string, Network>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly released: ReadonlyMap<string, string>;
  readonly kept: ReadonlySet<string>;
  readonly findings: readonly ImportFinding[];
  readonly translated?: readonly TranslatedNetwork[];
};

/** Returns the observation scope of the import: all host links, and all recorded pods. */
export function scopeOfImport({ state }: ImportSource): Scope {
  const networks = state.uplinks.flatMap((uplink) => uplink.networks);
  const endpoints = networks.flatMap((network) => network.endpoints);
  const pods = endpoints.filter(({ netns }) => netns !== '');
  return scopeOf({
    whole: true,
    devices: [
      ...state.uplinks.flatMap(({ name, bridge }) => [name, bridge]),
      ...endpoints.map(({ hostVeth }) => hostVeth),
    ].filter((name) => name !== ''),
    pods: pods.map(({ netns, ifName }) => ({ netns, ifName })),
  });
}

/**
 * Returns the proposal.
 * Errors: `refused` if the node is not in azure-vnet's bridge mode, so that nothing can be adopted.
 */
export function proposeImport(
  source: ImportSource,
  observation: Observation,
  now: Date,
): Result<ImportProposal> {
  const uplinks = source.state.uplinks.filter(({ networks }) => networks.length > 0);
  const obstacle = uplinks.map((uplink) => obstacleOf(uplink, observation)).find((one) => one !== undefined);
  if (uplinks.length === 0) {
    return err(
      refusal('the file has no network', 'There is nothing to import: the first ADD creates a network'),
    );
  }
  if (obstacle !== undefined) return err(obstacle);
  const parts = uplinks.flatMap((uplink) =>
    uplink.networks.map((network) => proposeNetwork({ uplink, network, source, observation, now })),
  );
  return ok({
    networks: new Map(parts.map(({ name, network }) => [name, network])),
    endpoints: new Map(parts.flatMap(({ endpoints }) => Array.from(endpoints))),
    released: new Map(parts.flatMap(({ released }) => Array.from(released))),
    kept: new Set(parts.flatMap(({ kept }) => Array.from(kept))),
    findings: parts.flatMap(({ findings }) => findings),
    translated: parts.flatMap(({ translated }) => translated),
  });
}

function refusal(message: string, hint: string): Failure {
  return failure('refused', 'import', message, { hint: `${hint}. Nothing was changed.` });
}

const OTHER_MODE =
  'vnet imports the modes bridge, tunnel, transparent and transparent-tunnel; drain this node, and let the first ADD create the network';

function obstacleOf(uplink: AzureUplink, observation: Observation): Failure | undefined {
  const { name, bridge, networks } = uplink;
  const other = networks.find(({ mode }) => counterpartOf(mode) === undefined);
  if (other !== undefined) return refusal(`network ${other.id} has mode "${other.mode}"`, OTHER_MODE);
  const tenants = networks.flatMap(({ endpoints }) => endpoints).filter(({ isTenant }) => isTenant);
  if (tenants.length > 0) return refusal('the network is multitenant', OTHER_MODE);
  if (networks.length > 1) {
    const names = networks.map(({ id }) => id).join(', ');
    return refusal(`${name} has more than one network: ${names}`, 'Drain one of them first');
  }
  if (networks.some(({ subnets }) => !subnets.some(({ prefix }) => familyOf(prefix) === 4))) {
    return refusal(`network ${networks[0]?.id} has no IPv4 subnet`, 'Give the network an IPv4 subnet');
  }
  const links = { uplink: name, bridge };
  const absence = networks
    .map(({ mode }) => counterpartOf(mode)?.absence(observation, links))
    .find((one) => one !== undefined);
  if (absence === undefined) return undefined;
  return refusal(
    `${absence}: the file is from an earlier boot, or azure-vnet's changes were reverted`,
    'There is nothing left to import: remove the file, and the first ADD creates the network',
  );
}

/** Returns the capability to import a network of this mode of azure-vnet, packets between pods of the node by the fabric or not. */
function counterpartOf(name: string): AzureCounterpart | undefined {
  return allModes().find(({ azure, attach }) => azure?.mode === name || attach?.tunnelName === name)?.azure;
}

type NetworkSource = {
  readonly uplink: AzureUplink;
  readonly network: AzureNetwork;
  readonly source: ImportSource;
  readonly observation: Observation;
  readonly now: Date;
};

type Part = Omit<Required<ImportProposal>, 'networks'> & { readonly name: string; readonly network: Network };

function proposeNetwork(given: NetworkSource): Part {
  const { uplink, network, observation, now } = given;
  const context = { network, bridge: uplink.bridge, uplinkMac: macOf(given), observation, now };
  const imported = importEndpoints(context);
  const counterpart = counterpartOf(network.mode);
  const inMode = (endpoint: Endpoint): Endpoint => counterpart?.endpoint?.(endpoint) ?? endpoint;
  const endpoints = new Map(Array.from(imported.endpoints, ([id, endpoint]) => [id, inMode(endpoint)]));
  const kept = new Set(imported.kept);
  const leaks = judgeLeaks(given, endpoints);
  for (const [id, endpoint] of leaks.leases) {
    endpoints.set(id, endpoint);
    for (const address of endpoint.addresses) kept.add(withoutLength(address));
  }
  const taken = new Set(Array.from(endpoints.values()).flatMap(({ hostVeth }) => hostVeth ?? []));
  const lenient = unrecordedAddresses(given, endpoints);
  return {
    name: network.id,
    network: networkOf(given, endpoints, lenient.length === 0 ? {} : { antiSpoofing: false }),
    endpoints,
    kept,
    released: new Map(leaks.resting.map((address) => [releaseKey(network.id, address), now.toISOString()])),
    findings: [...imported.findings, ...leaks.findings, ...foreignPorts(given, taken), ...lenient],
    translated: translatedPrefixes(given).map((prefix) => ({ network: network.id, prefix })),
  };
}

function macOf({ uplink, observation }: NetworkSource): string {
  return linkOf(observation, HOST, uplink.name)?.mac ?? uplink.mac;
}

function networkOf(
  given: NetworkSource,
  endpoints: ReadonlyMap<string, Endpoint>,
  more: Pick<RecordedNetwork, 'antiSpoofing'>,
): Network {
  const { uplink, network, observation } = given;
  const counterpart = counterpartOf(network.mode);
  if (counterpart === undefined) throw new Bug(`a network of mode ${network.mode} cannot be taken over`);
  const { name, bridge } = uplink;
  const dns = network.dns.nameservers.length === 0 ? {} : { dns: dnsOf(network.dns) };
  const pools = poolsFor(given, endpoints);
  const sameNode = counterpart.mode === network.mode ? {} : { sameNode: 'fabric' as const };
  const record = { uplink: name, bridge, pools, ...more };
  return { ...counterpart.network(observation, record), ...sameNode, ...dns };
}

/** The first subnet of each family. */
function poolsFor(given: NetworkSource, endpoints: ReadonlyMap<string, Endpoint>): Pools {
  const pools: Partial<Record<keyof Pools, Pool>> = {};
  for (const { prefix, gateway } of given.network.subnets) {
    const family = familyOf(prefix);
    if (family === undefined) continue;
    pools[poolKey(family)] ??= poolOf(given, { family, prefix: normalisePrefix(prefix), gateway }, endpoints);
  }
  return pools;
}

type Subnet = { readonly family: Family; readonly prefix: string; readonly gateway: string };

function poolOf(
  { uplink, source }: NetworkSource,
  { family, prefix, gateway }: Subnet,
  endpoints: ReadonlyMap<string, Endpoint>,
): Pool {
  const known = poolFor(source, prefix);
  const own = new Set(uplink.addresses.map(withoutLength));
  const held = Array.from(endpoints.values()).flatMap((endpoint) => endpoint.addresses.map(withoutLength));
  const listed = known === undefined ? held : known.addresses.map(({ address }) => address);
  const addresses = listed.filter((address) => familyOf(address) === family && !own.has(address));
  return {
    source: source.poolSource,
    subnet: prefix,
    gateway: gateway === '' ? (known?.gateway ?? '') : gateway,
    addresses: compressAddresses([...new Set(addresses)]),
  };
}

function poolFor({ pools }: ImportSource, prefix: string): AzurePool | undefined {
  return pools.find(({ subnet }) => normalisePrefix(subnet) === prefix);
}

type Leaks = {
  readonly leases: readonly (readonly [string, Endpoint])[];
  readonly resting: readonly string[];
  readonly findings: readonly ImportFinding[];
};

/** Addresses that azure-vnet-ipam counts as used, without an endpoint in azure-vnet. */
function judgeLeaks(given: NetworkSource, endpoints: ReadonlyMap<string, Endpoint>): Leaks {
  const { network, observation, source, now } = given;
  const held = new Set(Array.from(endpoints.values()).flatMap((one) => one.addresses.map(withoutLength)));
  const leases: [string, Endpoint][] = [];
  const resting: string[] = [];
  const findings: ImportFinding[] = [];
  for (const { prefix } of network.subnets) {
    const length = prefix.slice(prefix.indexOf('/'));
    for (const { address, holder, isInUse } of poolFor(source, normalisePrefix(prefix))?.addresses ?? []) {
      if ((!isInUse && holder === '') || held.has(address)) continue;
      const veth = hostVethName(network.id, holder, 'eth0');
      const whose = holder === '' ? 'an unknown container' : `container ${holder.slice(0, 12)}`;
      const id = endpointId(network.id, holder, 'eth0');
      const isThere = holder !== '' && linkOf(observation, HOST, veth) !== undefined;
      if (isThere && !endpoints.has(id)) {
        const message = `in use by ${whose} with veth ${veth}, but without a record of azure-vnet: leased until DEL`;
        leases.push([id, { addresses: [`${address}${length}`], added: now.toISOString() }]);
        findings.push({ sort: 'lease', subject: address, message });
      } else {
        const why = isThere ? 'which has another address' : 'which is gone';
        const message = `recorded for ${whose}, ${why}: quarantined, then free`;
        resting.push(address);
        findings.push({ sort: 'resting', subject: address, message });
      }
    }
  }
  return { leases, resting, findings };
}
