/**
 * The rules between endpoints, and between them and their networks, all at once. Pure; on the ADD path, so nothing is
 * made for an endpoint that breaks none: places, texts and lists come into being with the finding.
 */
import type { Endpoint, Network, Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  formatIpv4,
  normaliseAddress,
  parseIpv4,
  parsePrefixIpv4,
  withoutLength,
} from '../../model/addresses/address.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { networkOf } from '../../model/networks.ts';
import {
  checkAddress,
  checkCidr,
  checkRoute,
  checkTime,
  type NodeAddress,
  nodeAddressesOf,
  noSuchNetwork,
  podAddressFindings,
} from './addresses.ts';
import { type Finding, keyAt, type Place, valueAt } from './finding.ts';

/** What the endpoints of one network are compared with; the maps fill while they are looked at. */
type View = {
  readonly name: string;
  readonly network: Network;
  readonly first: number;
  readonly last: number;
  readonly own: ReadonlyMap<number, NodeAddress>;
  readonly uplinkMac: string | undefined;
  readonly holders: Map<number | string, string>;
  readonly macs: Map<string, string>;
  readonly reservedAddresses: ReadonlyMap<number, Reserved>;
  readonly reservedMacs: ReadonlyMap<string, Reserved>;
};

type Reserved = { readonly reservation: Reservation; readonly place: Place };

const ADDRESS_WITH_LENGTH = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Returns every broken rule of endpoints and released addresses. */
export function checkEndpoints(document: VnetDocument): Finding[] {
  const names = Object.keys(document.networks);
  const views = new Map(names.map((name) => [name, viewOf(name, networkOf(document, name))]));
  const findings: Finding[] = [];
  const hostNames = takenNames(document);
  for (const [id, endpoint] of Object.entries(document.endpoints ?? {})) {
    const name = id.slice(0, id.indexOf('/'));
    const view = views.get(name);
    if (endpoint.hostVeth !== undefined) checkHostVeth(id, endpoint.hostVeth, hostNames, findings);
    checkFields(id, endpoint, view, findings);
    if (view === undefined) findings.push(noSuchNetwork(['endpoints', id], name, names));
    else {
      checkAddresses(id, endpoint, view, findings);
      if (endpoint.mac !== undefined) checkMac(id, endpoint, view, findings);
    }
  }
  for (const [key, time] of Object.entries(document.released ?? {})) {
    findings.push(...checkTime(time, ['released', key]), ...checkReleased(key, views));
  }
  return findings;
}

function viewOf(name: string, network: Network | undefined): View | undefined {
  if (network === undefined) return undefined;
  const reservedAddresses = new Map<number, Reserved>();
  const reservedMacs = new Map<string, Reserved>();
  for (const [index, reservation] of (network.reservations ?? []).entries()) {
    const path = ['networks', name, 'reservations', index];
    const address = parseIpv4(reservation.address);
    if (address !== undefined)
      reservedAddresses.set(address, { reservation, place: valueAt(...path, 'address') });
    const mac = reservation.mac?.toLowerCase();
    if (mac !== undefined) reservedMacs.set(mac, { reservation, place: valueAt(...path, 'mac') });
  }
  return {
    name,
    network,
    ...(parsePrefixIpv4(network.pool.subnet) ?? { first: 0, last: 0xffffffff }),
    own: nodeAddressesOf(name, network),
    uplinkMac: coreOf(network).links(network).uplink?.mac.toLowerCase(),
    holders: new Map(),
    macs: new Map(),
    reservedAddresses,
    reservedMacs,
  };
}

/** Interface names are the node's: a host veth may not have the name of a network's link either. */
function takenNames(document: VnetDocument): Map<string, Place | string> {
  const names = new Map<string, Place | string>();
  for (const [name, network] of Object.entries(document.networks)) {
    for (const [section, link] of Object.entries(coreOf(network).links(network))) {
      names.set(link.name, valueAt('networks', name, section, 'name'));
    }
  }
  return names;
}

function checkHostVeth(
  id: string,
  hostVeth: string,
  names: Map<string, Place | string>,
  findings: Finding[],
): void {
  const holder = names.get(hostVeth);
  if (holder === undefined) {
    names.set(hostVeth, id);
    return;
  }
  const related = typeof holder === 'string' ? valueAt('endpoints', holder, 'hostVeth') : holder;
  const place = valueAt('endpoints', id, 'hostVeth');
  findings.push(twice('double-name', `interface name ${hostVeth}`, place, related));
}

function checkFields(id: string, endpoint: Endpoint, view: View | undefined, findings: Finding[]): void {
  const { gateway, added, missing, leaving, routes, dns } = endpoint;
  if (gateway !== view?.network.pool.gateway)
    findings.push(...checkAddress(gateway, ['endpoints', id, 'gateway']));
  if (mayBeNoDay(added)) findings.push(...checkTime(added, ['endpoints', id, 'added']));
  if (missing !== undefined) findings.push(...checkTime(missing, ['endpoints', id, 'missing']));
  if (leaving !== undefined) findings.push(...checkTime(leaving, ['endpoints', id, 'leaving']));
  for (const [index, route] of routes?.entries() ?? []) {
    findings.push(...checkRoute(route, ['endpoints', id, 'routes', index]));
  }
  for (const [index, server] of dns?.nameservers?.entries() ?? []) {
    findings.push(...checkAddress(server, ['endpoints', id, 'dns', 'nameservers', index]));
  }
}

/** Every month has 28 days; the schema has seen to the rest. */
function mayBeNoDay(time: string): boolean {
  return time.slice(8, 10) > '28';
}

function checkAddresses(id: string, endpoint: Endpoint, view: View, findings: Finding[]): void {
  for (let index = 0; index < endpoint.addresses.length; index += 1) {
    const cidr = endpoint.addresses[index] ?? '';
    const value = ipv4Of(cidr);
    const invalid = value === undefined ? checkCidr(cidr, ['endpoints', id, 'addresses', index]) : [];
    const key = value ?? normaliseAddress(withoutLength(cidr));
    const holder = view.holders.get(key);
    if (holder === undefined && invalid.length === 0) view.holders.set(key, id);
    const fits =
      value === undefined ||
      endpoint.ipam !== undefined ||
      (value >= view.first && value <= view.last && !view.own.has(value));
    const isFree = value === undefined || !view.reservedAddresses.has(value);
    if (fits && isFree && holder === undefined && invalid.length === 0) continue;
    findings.push(...invalid, ...addressFindings(id, endpoint, index, view));
  }
}

/** Returns the address of an IPv4 address with prefix length, or undefined when it is none. */
function ipv4Of(cidr: string): number | undefined {
  const match = ADDRESS_WITH_LENGTH.exec(cidr);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const second = Number(match[2]);
  const third = Number(match[3]);
  const fourth = Number(match[4]);
  if (first > 255 || second > 255 || third > 255 || fourth > 255 || Number(match[5]) > 32) return undefined;
  return ((first * 256 + second) * 256 + third) * 256 + fourth;
}

/** Returns what is wrong with an address that is valid as such. */
function addressFindings(id: string, endpoint: Endpoint, index: number, view: View): Finding[] {
  const cidr = endpoint.addresses[index] ?? '';
  const value = ipv4Of(cidr);
  const text = withoutLength(cidr);
  const place = valueAt('endpoints', id, 'addresses', index);
  const key = value ?? normaliseAddress(text);
  const holder = view.holders.get(key);
  const isFirst = holder === id && endpoint.addresses.findIndex((other) => keyOf(other) === key) === index;
  const related = valueAt('endpoints', holder ?? id, 'addresses', 0);
  const doubles =
    holder === undefined || isFirst ? [] : [twice('double-address', `address ${text}`, place, related)];
  if (value === undefined) return doubles;
  const reserved = view.reservedAddresses.get(value);
  const kept = isKeptFromOther(endpoint, id, reserved)
    ? [reservedFor(`address ${text}`, place, reserved)]
    : [];
  // Another IPAM plugin has a subnet of its own.
  if (endpoint.ipam !== undefined) return [...doubles, ...kept];
  const mismatch = { inSubnet: value >= view.first && value <= view.last, taken: view.own.get(value) };
  return [...doubles, ...kept, ...podAddressFindings(value, view.name, place, mismatch)];
}

function keyOf(cidr: string): number | string {
  return ipv4Of(cidr) ?? normaliseAddress(withoutLength(cidr));
}

function checkMac(id: string, endpoint: Endpoint, view: View, findings: Finding[]): void {
  const mac = (endpoint.mac ?? '').toLowerCase();
  const holder = view.macs.get(mac);
  const reserved = view.reservedMacs.get(mac);
  if (holder === undefined) view.macs.set(mac, id);
  if (holder === undefined && reserved === undefined && mac !== view.uplinkMac) return;
  const place = valueAt('endpoints', id, 'mac');
  if (isKeptFromOther(endpoint, id, reserved)) findings.push(reservedFor(`MAC ${mac}`, place, reserved));
  if (mac === view.uplinkMac) {
    findings.push(twice('double-mac', `MAC ${mac}`, place, valueAt('networks', view.name, 'uplink', 'mac')));
  } else if (holder !== undefined) {
    findings.push(twice('double-mac', `MAC ${mac}`, place, valueAt('endpoints', holder, 'mac')));
  }
}

function twice(code: string, what: string, place: Place, related: Place): Finding {
  const hint = 'change or remove one of the two';
  return { code, place, message: `${what} is duplicated`, hint, related };
}

/** An endpoint whose pod is not known may be the one that the reservation is for. */
function isKeptFromOther(
  endpoint: Endpoint,
  id: string,
  reserved: Reserved | undefined,
): reserved is Reserved {
  if (reserved === undefined || endpoint.pod === undefined) return false;
  const { pod, ifName, retainSeconds } = reserved.reservation;
  // One that may lapse may have been somebody else's turn.
  if (retainSeconds !== undefined) return false;
  return endpoint.pod !== pod || (ifName !== undefined && ifName !== id.slice(id.lastIndexOf('/') + 1));
}

function reservedFor(what: string, place: Place, { reservation, place: related }: Reserved): Finding {
  const { pod, ifName } = reservation;
  return {
    code: 'reserved',
    place,
    message: `${what} is reserved for pod ${pod}${ifName === undefined ? '' : ` (${ifName})`}`,
    hint: 'reserve another one, or wait until the pod is gone',
    related,
  };
}

function checkReleased(key: string, views: ReadonlyMap<string, View | undefined>): Finding[] {
  const slash = key.indexOf('/');
  const address = parseIpv4(key.slice(slash + 1));
  const holder = address === undefined ? undefined : views.get(key.slice(0, slash))?.holders.get(address);
  if (address === undefined || holder === undefined) return [];
  return [
    {
      code: 'released-in-use',
      place: keyAt('released', key),
      message: `address ${formatIpv4(address)} is in use, so it is not released`,
      hint: 'remove this line',
      related: valueAt('endpoints', holder, 'addresses'),
    },
  ];
}
