/** A document as azure-vnet's two state files, so that scripts which read those keep working. Pure. */
import type { Dns, Endpoint, Route, Uplink, VnetDocument } from '../../schemas/generated/vnet.ts';
import { expandRanges } from '../model/addresses/address-list.ts';
import { familyOf, formatAddress, successor, withoutLength } from '../model/addresses/address.ts';
import { type FamilyPool, gatewaysOf, poolsOf } from '../model/addresses/families.ts';
import { podRoutes } from '../model/modes/parts/pod.ts';
import { modeOf } from '../model/modes/registry.ts';
import { type EndpointKey, parseEndpointId } from '../model/names.ts';
import { networksWith } from '../model/capabilities.ts';
import { encodeCidr, encodeMac } from './reader.ts';
import { MAIN_TABLE } from '../model/kinds/route.ts';

/** Go's AF_INET and AF_INET6. */
const FAMILIES = { 4: 2, 6: 10 } as const;

/** Limit of addresses of a pool that are listed; no Azure node has more. */
const MAX_ADDRESSES = 65_536;

/** Length of azure-vnet's endpoint names before their interface. */
const SHORT_ID = 8;

/** The inputs of a file. Shape: `time` is its time of last change. */
export type AzureFileSource = { readonly document: VnetDocument; readonly time: Date };

/** Returns azure-vnet.json: keys, order and indentation as v1.4.22 writes them. */
export function renderAzureState({ document, time }: AzureFileSource): string {
  const uplinks = azureNetworks(document)
    .filter(({ uplink }) => uplink.released !== true)
    .map((network) => [network.uplink.name, renderUplink(document, network)] as const);
  const value = {
    Network: {
      Version: '',
      TimeStamp: time.toISOString(),
      ExternalInterfaces: sorted(uplinks),
    },
  };
  return JSON.stringify(value, undefined, '\t');
}

/** Returns azure-vnet-ipam.json: every address of every pool, with the container that holds it. */
export function renderAzurePools({ document, time }: AzureFileSource): string {
  const pools = azureNetworks(document).flatMap((network) =>
    network.pools.map((pool) => [pool.pool.subnet, renderPool(document, network, pool)] as const),
  );
  const local = { Id: 'local', Scope: 0, Pools: sorted(pools) };
  const value = {
    IPAM: { Version: '', TimeStamp: time.toISOString(), AddressSpaces: { local } },
  };
  return JSON.stringify(value, undefined, ' ');
}

/** A network in azure-vnet's form. Shape: `mode` is azure-vnet's name of the mode. */
type AzureNetwork = {
  readonly name: string;
  readonly mode: string;
  readonly uplink: Uplink;
  readonly bridge: string;
  readonly pools: readonly FamilyPool[];
  readonly dns: Dns | undefined;
};

function azureNetworks(document: VnetDocument): readonly AzureNetwork[] {
  return networksWith(document, 'takeover').flatMap(({ name, network, mode: { takeover } }) => {
    const mode = modeOf(network).azure?.nameOf(network);
    if (mode === undefined) return [];
    const [uplink, bridge] = [takeover.uplink(network), takeover.carrier(network)];
    return [{ name, mode, uplink, bridge, pools: poolsOf(network), dns: network.dns }];
  });
}

/** Go prints maps in key order. */
function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function renderUplink(document: VnetDocument, network: AzureNetwork): object {
  const { name, uplink, bridge, pools } = network;
  const gatewayOf = (key: FamilyPool['key']): string | undefined =>
    pools.find((one) => one.key === key)?.pool.gateway;
  return {
    Name: uplink.name,
    Networks: { [name]: renderNetwork(document, network) },
    Subnets: pools.map(({ pool }) => pool.subnet),
    BridgeName: bridge,
    DNSInfo: renderDns(undefined),
    MacAddress: encodeMac(uplink.mac),
    IPAddresses: (uplink.addresses ?? []).map(({ address }) => encodeCidr(address)),
    // azure-vnet records only default routes.
    Routes: (uplink.routes ?? []).filter(({ to }) => to === 'default').map(renderHostRoute),
    IPv4Gateway: gatewayOf('ipv4') ?? '',
    IPv6Gateway: gatewayOf('ipv6') ?? '::',
  };
}

function renderHostRoute({ via = '', source, table, protocol, scope, metric }: Route): object {
  return {
    Family: FAMILIES[via.includes(':') ? 6 : 4],
    Dst: null,
    Src: source ?? '',
    Gw: via,
    Tos: 0,
    Table: table ?? MAIN_TABLE,
    Protocol: protocol ?? 0,
    Scope: scope ?? 0,
    Type: 1,
    Flags: 0,
    Priority: metric ?? 0,
    LinkIndex: 0,
    ILinkIndex: 0,
  };
}

function renderNetwork(document: VnetDocument, { name, mode, pools, dns }: AzureNetwork): object {
  const endpoints = new Map<string, object>();
  for (const [key, endpoint] of endpointsOf(document, name)) {
    if (endpoint.hostVeth === undefined || endpoint.leaving !== undefined) continue;
    // azure-vnet would confuse two containers with the same prefix; here each has its own ID.
    const id = endpoints.has(shortId(key)) ? `${key.containerId}-${key.ifName}` : shortId(key);
    endpoints.set(id, renderEndpoint(id, key, { endpoint, dns }));
  }
  return {
    Id: name,
    Mode: mode,
    VlanId: 0,
    Subnets: pools.map(({ family, pool }) => ({
      Family: FAMILIES[family],
      Prefix: encodeCidr(pool.subnet),
      Gateway: pool.gateway,
      PrimaryIP: '',
    })),
    Endpoints: sorted(Array.from(endpoints)),
    DNS: renderDns(dns),
    EnableSnatOnHost: false,
    NetNs: '',
    SnatBridgeIP: '',
  };
}

function endpointsOf(document: VnetDocument, network: string): readonly (readonly [EndpointKey, Endpoint])[] {
  return Object.entries(document.endpoints ?? {})
    .map(([id, endpoint]) => [parseEndpointId(id), endpoint] as const)
    .filter(([key]) => key.network === network);
}

function shortId({ containerId, ifName }: EndpointKey): string {
  return `${containerId.slice(0, SHORT_ID)}-${ifName}`;
}

function renderEndpoint(
  id: string,
  key: EndpointKey,
  { endpoint, dns }: { readonly endpoint: Endpoint; readonly dns: Dns | undefined },
): object {
  const { hostVeth = '', mac = '', netns = '', addresses, pod = '/' } = endpoint;
  const slash = pod.indexOf('/');
  return {
    Id: id,
    SandboxKey: '',
    IfName: `${hostVeth}2`,
    HostIfName: hostVeth,
    MacAddress: encodeMac(mac),
    InfraVnetIP: { IP: '', Mask: null },
    LocalIP: '',
    IPAddresses: addresses.map(encodeCidr),
    Gateways: gatewaysOf(endpoint),
    DNS: renderDns(endpoint.dns ?? dns),
    Routes: renderPodRoutes(endpoint),
    VlanID: 0,
    EnableSnatOnHost: false,
    EnableInfraVnet: false,
    EnableMultitenancy: false,
    AllowInboundFromHostToNC: false,
    AllowInboundFromNCToHost: false,
    NetworkContainerID: '',
    NetworkNameSpace: netns,
    ContainerID: key.containerId,
    PODName: pod.slice(slash + 1),
    PODNameSpace: pod.slice(0, slash),
  };
}

function renderPodRoutes(endpoint: Endpoint): readonly object[] {
  return podRoutes(endpoint).map(({ to, via = '' }) => ({
    Dst: encodeCidr(to === 'default' ? (via.includes(':') ? '::/0' : '0.0.0.0/0') : to),
    Src: '',
    Gw: via,
    Protocol: 0,
    DevName: '',
    Scope: 0,
    Priority: 0,
  }));
}

function renderDns(dns: Dns | undefined): object {
  const { nameservers = [], domain = '', options = [] } = dns ?? {};
  return {
    Suffix: domain,
    Servers: nameservers.length === 0 ? null : nameservers,
    Options: options.length === 0 ? null : options,
  };
}

function renderPool(
  document: VnetDocument,
  { name, uplink }: AzureNetwork,
  { family, pool }: FamilyPool,
): object {
  const holders = new Map(
    endpointsOf(document, name).flatMap(([{ containerId }, { addresses }]) =>
      addresses
        .filter((address) => familyOf(address) === family)
        .map((address) => [withoutLength(address), containerId] as const),
    ),
  );
  const listed = new Set([...listPool(pool.addresses), ...holders.keys()]);
  const addresses = Array.from(listed, (address) => {
    const holder = holders.get(address);
    return [address, { ID: holder ?? '', Addr: address, InUse: holder !== undefined }] as const;
  });
  return {
    Id: pool.subnet,
    IfName: uplink.name,
    Subnet: encodeCidr(pool.subnet),
    Gateway: pool.gateway,
    Addresses: sorted(addresses),
    IsIPv6: family === 6,
    Priority: 0,
    RefCount: 1,
  };
}

function listPool(ranges: readonly string[]): readonly string[] {
  const addresses: string[] = [];
  for (const { first, last } of expandRanges(ranges)) {
    for (let value = first; value <= last && addresses.length < MAX_ADDRESSES; value = successor(value)) {
      addresses.push(formatAddress(value));
    }
  }
  return addresses;
}
