/**
 * Rules between endpoints, and between them and their networks, in one pass. Pure. On the ADD path: places,
 * texts and lists are created only for a finding.
 */
import type { Endpoint, Network, Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  type Address,
  formatAddress,
  parseAddress,
  parseCidr,
  withoutLength,
} from '../../model/addresses/address.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { parseReleaseKey } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import {
  type AddressPlan,
  addressPlanOf,
  checkAddress,
  checkCidr,
  checkRoute,
  checkTime,
  mayBePodAddress,
  noSuchNetwork,
  podAddressFindings,
} from './addresses.ts';
import { type Finding, keyAt, type FindingPlace, valueAt } from './finding.ts';

/** The constraints on endpoints of one network; the maps are filled during the pass. */
type View = AddressPlan & {
  readonly network: Network;
  readonly uplinkMac: string | undefined;
  readonly holders: Map<Address, string>;
  readonly macs: Map<string, string>;
  readonly reservedAddresses: ReadonlyMap<Address, Reserved>;
  readonly reservedMacs: ReadonlyMap<string, Reserved>;
};

type Reserved = { readonly reservation: Reservation; readonly place: FindingPlace };

/** Returns all violations in endpoints and released addresses. */
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
  const reservedAddresses = new Map<Address, Reserved>();
  const reservedMacs = new Map<string, Reserved>();
  for (const [index, reservation] of (network.reservations ?? []).entries()) {
    const path = ['networks', name, 'reservations', index];
    for (const [at, text] of reservation.addresses.entries()) {
      const address = parseAddress(text);
      if (address !== undefined)
        reservedAddresses.set(address, { reservation, place: valueAt(...path, 'addresses', at) });
    }
    const mac = reservation.mac?.toLowerCase();
    if (mac !== undefined) reservedMacs.set(mac, { reservation, place: valueAt(...path, 'mac') });
  }
  return {
    ...addressPlanOf(name, network),
    network,
    uplinkMac: coreOf(network).links(network).uplink?.mac.toLowerCase(),
    holders: new Map(),
    macs: new Map(),
    reservedAddresses,
    reservedMacs,
  };
}

/** Interface names are unique on the node: a host veth may not have the name of a network's link either. */
function takenNames(document: VnetDocument): Map<string, FindingPlace | string> {
  const names = new Map<string, FindingPlace | string>();
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
  names: Map<string, FindingPlace | string>,
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
  const { gateway, ipv6Gateway, added, missing, leaving, routes, dns } = endpoint;
  const { ipv4, ipv6 } = view?.network.pools ?? {};
  if (gateway !== ipv4?.gateway) findings.push(...checkAddress(gateway, ['endpoints', id, 'gateway']));
  if (ipv6Gateway !== ipv6?.gateway)
    findings.push(...checkAddress(ipv6Gateway, ['endpoints', id, 'ipv6Gateway']));
  if (needsDateCheck(added)) findings.push(...checkTime(added, ['endpoints', id, 'added']));
  if (missing !== undefined) findings.push(...checkTime(missing, ['endpoints', id, 'missing']));
  if (leaving !== undefined) findings.push(...checkTime(leaving, ['endpoints', id, 'leaving']));
  for (const [index, route] of routes?.entries() ?? []) {
    findings.push(...checkRoute(route, ['endpoints', id, 'routes', index]));
  }
  for (const [index, server] of dns?.nameservers?.entries() ?? []) {
    findings.push(...checkAddress(server, ['endpoints', id, 'dns', 'nameservers', index]));
  }
}

/** Every month has 28 days; the schema checks the rest. */
function needsDateCheck(time: string): boolean {
  return time.slice(8, 10) > '28';
}

function checkAddresses(id: string, endpoint: Endpoint, view: View, findings: Finding[]): void {
  for (let index = 0; index < endpoint.addresses.length; index += 1) {
    const cidr = endpoint.addresses[index] ?? '';
    const value = parseCidr(cidr)?.value;
    if (value === undefined) {
      findings.push(...checkCidr(cidr, ['endpoints', id, 'addresses', index]));
      continue;
    }
    const holder = view.holders.get(value);
    if (holder === undefined) view.holders.set(value, id);
    // Another IPAM plugin has its own subnet.
    const fits = endpoint.ipam !== undefined || mayBePodAddress(value, view);
    const reserved = view.reservedAddresses.get(value);
    if (fits && reserved === undefined && holder === undefined) continue;
    const place = valueAt('endpoints', id, 'addresses', index);
    const what = `address ${withoutLength(cidr)}`;
    if (holder !== undefined)
      findings.push(twice('double-address', what, place, valueAt('endpoints', holder, 'addresses', 0)));
    if (isKeptFromOther(endpoint, id, reserved)) findings.push(reservedFor(what, place, reserved));
    if (!fits) findings.push(...podAddressFindings(value, view, place));
  }
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

function twice(code: string, what: string, place: FindingPlace, related: FindingPlace): Finding {
  const hint = 'change or remove one of the two';
  return { code, place, message: `${what} is duplicated`, hint, related };
}

/** An endpoint with an unknown pod may be the one with the reservation. */
function isKeptFromOther(
  endpoint: Endpoint,
  id: string,
  reserved: Reserved | undefined,
): reserved is Reserved {
  if (reserved === undefined || endpoint.pod === undefined) return false;
  const { pod, ifName, retainSeconds } = reserved.reservation;
  // A reservation that may lapse may have been another pod's turn.
  if (retainSeconds !== undefined) return false;
  return endpoint.pod !== pod || (ifName !== undefined && ifName !== id.slice(id.lastIndexOf('/') + 1));
}

function reservedFor(what: string, place: FindingPlace, { reservation, place: related }: Reserved): Finding {
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
  const parts = parseReleaseKey(key);
  const address = parseAddress(parts.address);
  const holder = address === undefined ? undefined : views.get(parts.network)?.holders.get(address);
  if (address === undefined || holder === undefined) return [];
  return [
    {
      code: 'released-in-use',
      place: keyAt('released', key),
      message: `address ${formatAddress(address)} is in use, so it is not released`,
      hint: 'remove this line',
      related: valueAt('endpoints', holder, 'addresses'),
    },
  ];
}
