/**
 * azure-vnet's two state files as values. Pure.
 * Source: Azure/azure-container-networking, network/manager.go and ipam/manager.go; v1.0.17 to v1.4.22.
 */
import { fail, ok, type Result, thrownMessage } from '../model/result.ts';
import { RawReader } from './reader.ts';

/** The contents of azure-vnet.json. */
export type AzureState = { readonly uplinks: readonly AzureUplink[] };

/** An interface with its bridge. Shape: `bridge` is `''` without one; addresses with length. */
export type AzureUplink = {
  readonly name: string;
  readonly mac: string;
  readonly bridge: string;
  readonly addresses: readonly string[];
  readonly networks: readonly AzureNetwork[];
};

/** One network. */
export type AzureNetwork = {
  readonly id: string;
  readonly mode: string;
  readonly subnets: readonly { readonly prefix: string; readonly gateway: string }[];
  readonly dns: AzureDns;
  readonly endpoints: readonly AzureEndpoint[];
};

/** Name servers and domain; `''` for none. */
export type AzureDns = { readonly nameservers: readonly string[]; readonly domain: string };

/** A pod's attachment. Shape: absent values are `''`; `isTenant`: of a multitenant network. */
export type AzureEndpoint = {
  readonly id: string;
  readonly containerId: string;
  readonly ifName: string;
  readonly hostVeth: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly dns: AzureDns;
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly netns: string;
  readonly pod: string;
  readonly isTenant: boolean;
};

/** One pool of azure-vnet-ipam.json. Shape: `holder` is a container ID, `''` for a free address. */
export type AzurePool = {
  readonly subnet: string;
  readonly gateway: string;
  readonly addresses: readonly {
    readonly address: string;
    readonly holder: string;
    readonly isInUse: boolean;
  }[];
};

/** Returns the contents of azure-vnet.json. Errors: `invalid`, naming every malformed value. */
export function parseAzureState(text: string, file: string): Result<AzureState> {
  return parse(text, file, 'Network', (network) => ({
    uplinks: inside(network, 'ExternalInterfaces', readUplink),
  }));
}

/** Returns the pools of azure-vnet-ipam.json. Errors: `invalid`, naming every malformed value. */
export function parseAzurePools(text: string, file: string): Result<readonly AzurePool[]> {
  return parse(text, file, 'IPAM', (ipam) =>
    inside(ipam, 'AddressSpaces', (space) => inside(space, 'Pools', readPool)).flat(),
  );
}

/** Reads the fields of an object in a field. */
function inside<T>(reader: RawReader, name: string, read: (field: RawReader) => T): readonly T[] {
  return reader
    .at(name)
    .entries()
    .map(([, field]) => read(field));
}

function parse<T>(text: string, file: string, section: string, read: (section: RawReader) => T): Result<T> {
  const step = `read ${file}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = `not JSON: ${thrownMessage(error)}`;
    const hint = 'Name a complete copy of the state file.';
    return fail('invalid', step, message, { hint });
  }
  const wrong: string[] = [];
  const top = new RawReader(json, 'the file', wrong).fields();
  if (top[section] === undefined) wrong.push(`it has no "${section}"`);
  const value = read(new RawReader(top[section], section, wrong));
  if (wrong.length === 0) return ok(value);
  const hint = `Name a state file of azure-vnet (${section === 'IPAM' ? '/var/run/azure-vnet-ipam.json' : '/var/run/azure-vnet.json'})`;
  return fail('invalid', step, wrong.join('; '), { hint });
}

function readUplink(uplink: RawReader): AzureUplink {
  return {
    name: uplink.at('Name').text(),
    mac: uplink.at('MacAddress').mac(),
    bridge: uplink.at('BridgeName').text(),
    addresses: uplink.at('IPAddresses').cidrs(),
    networks: inside(uplink, 'Networks', readNetwork),
  };
}

function readNetwork(network: RawReader): AzureNetwork {
  return {
    id: network.at('Id').text(),
    mode: network.at('Mode').text(),
    subnets: network
      .at('Subnets')
      .list()
      .flatMap((subnet) => {
        const [prefix, gateway] = [subnet.at('Prefix').cidr(), subnet.at('Gateway').text()];
        return prefix === undefined ? [] : [{ prefix, gateway }];
      }),
    dns: readDns(network.at('DNS')),
    endpoints: inside(network, 'Endpoints', readEndpoint),
  };
}

function readEndpoint(endpoint: RawReader): AzureEndpoint {
  const text = (name: string): string => endpoint.at(name).text();
  const id = text('Id');
  const [namespace, name] = [text('PODNameSpace'), text('PODName')];
  return {
    id,
    containerId: text('ContainerID'),
    ifName: ifNameOf(id, text('IfName')),
    hostVeth: text('HostIfName'),
    mac: endpoint.at('MacAddress').mac(),
    addresses: endpoint.at('IPAddresses').cidrs(),
    gateways: endpoint.at('Gateways').texts(),
    dns: readDns(endpoint.at('DNS')),
    routes: endpoint.at('Routes').list().map(readRoute),
    netns: text('NetworkNameSpace'),
    pod: namespace === '' || name === '' ? '' : `${namespace}/${name}`,
    isTenant: endpoint.at('EnableMultitenancy').flag() || endpoint.at('EnableInfraVnet').flag(),
  };
}

function readRoute(route: RawReader): AzureEndpoint['routes'][number] {
  const to = route.at('Dst').cidr();
  const isDefault = to === undefined || to === '0.0.0.0/0' || to === '::/0';
  return { to: isDefault ? 'default' : to, via: route.at('Gw').text() };
}

/** The endpoint's ID ends in it; 1.0 also wrote it separately, later versions the peer's temporary name. */
function ifNameOf(id: string, written: string): string {
  const dash = id.indexOf('-');
  if (dash >= 0) return id.slice(dash + 1);
  return written === '' || written.startsWith('azv') ? 'eth0' : written;
}

function readDns(dns: RawReader): AzureDns {
  return { nameservers: dns.at('Servers').texts(), domain: dns.at('Suffix').text() };
}

function readPool(pool: RawReader): AzurePool {
  return {
    subnet: pool.at('Subnet').cidr() ?? pool.at('Id').text(),
    gateway: pool.at('Gateway').text(),
    addresses: pool
      .at('Addresses')
      .entries()
      .map(([key, record]) => ({
        address: record.at('Addr').text() || key,
        holder: record.at('ID').text(),
        isInUse: record.at('InUse').flag(),
      })),
  };
}
