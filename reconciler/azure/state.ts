/**
 * azure-vnet's two state files as values. Pure.
 * Source: Azure/azure-container-networking, network/manager.go and ipam/manager.go; v1.0.17 to v1.4.22.
 */
import { fail, ok, type Result, thrownMessage } from '../model/result.ts';
import { type RawObject, RawReader } from './reader.ts';

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
  return parse(text, file, 'Network', (network, reader) => ({
    uplinks: reader
      .entries(network['ExternalInterfaces'], 'Network.ExternalInterfaces')
      .map(([, value, place]) => readUplink(reader, reader.object(value, place), place)),
  }));
}

/** Returns the pools of azure-vnet-ipam.json. Errors: `invalid`, naming every malformed value. */
export function parseAzurePools(text: string, file: string): Result<readonly AzurePool[]> {
  return parse(text, file, 'IPAM', (ipam, reader) =>
    reader.entries(ipam['AddressSpaces'], 'IPAM.AddressSpaces').flatMap(([, space, place]) =>
      reader.entries(reader.object(space, place)['Pools'], `${place}.Pools`).map(([, value, at]) => {
        const pool = reader.object(value, at);
        return readPool(reader, pool, at);
      }),
    ),
  );
}

function parse<T>(
  text: string,
  file: string,
  section: string,
  read: (section: RawObject, reader: RawReader) => T,
): Result<T> {
  const step = `read ${file}`;
  const reader = new RawReader();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = `not JSON: ${thrownMessage(error)}`;
    const hint = 'Name a complete copy of the state file.';
    return fail('invalid', step, message, { hint });
  }
  const top = reader.object(json, 'the file');
  if (top[section] === undefined) reader.wrong.push(`it has no "${section}"`);
  const value = read(reader.object(top[section], section), reader);
  if (reader.wrong.length === 0) return ok(value);
  const hint = `Name a state file of azure-vnet (${section === 'IPAM' ? '/var/run/azure-vnet-ipam.json' : '/var/run/azure-vnet.json'})`;
  return fail('invalid', step, reader.wrong.join('; '), { hint });
}

function readUplink(reader: RawReader, uplink: RawObject, place: string): AzureUplink {
  return {
    name: reader.text(uplink['Name'], `${place}.Name`),
    mac: reader.mac(uplink['MacAddress'], `${place}.MacAddress`),
    bridge: reader.text(uplink['BridgeName'], `${place}.BridgeName`),
    addresses: readCidrs(reader, uplink['IPAddresses'], `${place}.IPAddresses`),
    networks: reader
      .entries(uplink['Networks'], `${place}.Networks`)
      .map(([, value, at]) => readNetwork(reader, reader.object(value, at), at)),
  };
}

function readNetwork(reader: RawReader, network: RawObject, place: string): AzureNetwork {
  return {
    id: reader.text(network['Id'], `${place}.Id`),
    mode: reader.text(network['Mode'], `${place}.Mode`),
    subnets: reader.list(network['Subnets'], `${place}.Subnets`).flatMap(([value, at]) => {
      const subnet = reader.object(value, at);
      const prefix = reader.cidr(subnet['Prefix'], `${at}.Prefix`);
      const gateway = reader.text(subnet['Gateway'], `${at}.Gateway`);
      return prefix === undefined ? [] : [{ prefix, gateway }];
    }),
    dns: readDns(reader, network['DNS'], `${place}.DNS`),
    endpoints: reader
      .entries(network['Endpoints'], `${place}.Endpoints`)
      .map(([, value, at]) => readEndpoint(reader, reader.object(value, at), at)),
  };
}

function readEndpoint(reader: RawReader, endpoint: RawObject, place: string): AzureEndpoint {
  const text = (name: string): string => reader.text(endpoint[name], `${place}.${name}`);
  const id = text('Id');
  const [namespace, name] = [text('PODNameSpace'), text('PODName')];
  return {
    id,
    containerId: text('ContainerID'),
    ifName: ifNameOf(id, text('IfName')),
    hostVeth: text('HostIfName'),
    mac: reader.mac(endpoint['MacAddress'], `${place}.MacAddress`),
    addresses: readCidrs(reader, endpoint['IPAddresses'], `${place}.IPAddresses`),
    gateways: reader.texts(endpoint['Gateways'], `${place}.Gateways`),
    dns: readDns(reader, endpoint['DNS'], `${place}.DNS`),
    routes: reader.list(endpoint['Routes'], `${place}.Routes`).flatMap(([value, at]) => {
      const route = reader.object(value, at);
      const to = reader.cidr(route['Dst'], `${at}.Dst`);
      const isDefault = to === undefined || to === '0.0.0.0/0' || to === '::/0';
      return [{ to: isDefault ? 'default' : to, via: reader.text(route['Gw'], `${at}.Gw`) }];
    }),
    netns: text('NetworkNameSpace'),
    pod: namespace === '' || name === '' ? '' : `${namespace}/${name}`,
    isTenant:
      reader.flag(endpoint['EnableMultitenancy'], `${place}.EnableMultitenancy`) ||
      reader.flag(endpoint['EnableInfraVnet'], `${place}.EnableInfraVnet`),
  };
}

/** The endpoint's ID ends in it; 1.0 also wrote it separately, later versions the peer's temporary name. */
function ifNameOf(id: string, written: string): string {
  const dash = id.indexOf('-');
  if (dash >= 0) return id.slice(dash + 1);
  return written === '' || written.startsWith('azv') ? 'eth0' : written;
}

function readDns(reader: RawReader, value: unknown, place: string): AzureDns {
  const dns = reader.object(value, place);
  return {
    nameservers: reader.texts(dns['Servers'], `${place}.Servers`),
    domain: reader.text(dns['Suffix'], `${place}.Suffix`),
  };
}

function readCidrs(reader: RawReader, value: unknown, place: string): readonly string[] {
  return reader.list(value, place).flatMap(([item, at]) => reader.cidr(item, at) ?? []);
}

function readPool(reader: RawReader, pool: RawObject, place: string): AzurePool {
  return {
    subnet: reader.cidr(pool['Subnet'], `${place}.Subnet`) ?? reader.text(pool['Id'], `${place}.Id`),
    gateway: reader.text(pool['Gateway'], `${place}.Gateway`),
    addresses: reader.entries(pool['Addresses'], `${place}.Addresses`).map(([key, value, at]) => {
      const record = reader.object(value, at);
      const address = reader.text(record['Addr'], `${at}.Addr`);
      return {
        address: address === '' ? key : address,
        holder: reader.text(record['ID'], `${at}.ID`),
        isInUse: reader.flag(record['InUse'], `${at}.InUse`),
      };
    }),
  };
}
