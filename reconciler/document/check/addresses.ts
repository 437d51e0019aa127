/** The rules about addresses that networks and endpoints share. Pure, without a library: it is on the ADD path. */
import type { Network, PodRoute, Route } from '../../../schemas/generated/vnet.ts';
import {
  familyOf,
  formatIpv4,
  parseCidr,
  parseIpv4,
  parsePrefixIpv4,
  withoutLength,
} from '../../model/addresses/address.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { type Finding, keyAt, type Path, type Place, valueAt } from './finding.ts';

/** An address that no pod may have, and why. */
export type NodeAddress = { readonly meaning: string; readonly place: Place };

/** Returns the addresses of the network that are the subnet's or the node's own. Units: unsigned 32-bit numbers. */
export function nodeAddressesOf(name: string, network: Network): ReadonlyMap<number, NodeAddress> {
  const own = new Map<number, NodeAddress>();
  const subnet = parsePrefixIpv4(network.pool.subnet);
  const subnetPlace = valueAt('networks', name, 'pool', 'subnet');
  if (subnet !== undefined && subnet.last - subnet.first > 1) {
    own.set(subnet.first, { meaning: 'the network address of the subnet', place: subnetPlace });
    own.set(subnet.last, { meaning: 'the broadcast address of the subnet', place: subnetPlace });
  }
  const { uplink } = coreOf(network).links(network);
  for (const [index, { address }] of (uplink?.addresses ?? []).entries()) {
    const value = parseIpv4(withoutLength(address));
    const place = valueAt('networks', name, 'uplink', 'addresses', index, 'address');
    if (value !== undefined) own.set(value, { meaning: `an address of the uplink ${uplink?.name}`, place });
  }
  const gateway = parseIpv4(network.pool.gateway);
  if (gateway !== undefined) {
    own.set(gateway, { meaning: 'the gateway', place: valueAt('networks', name, 'pool', 'gateway') });
  }
  return own;
}

/** Returns the findings of an address (without prefix length) that is neither IPv4 nor IPv6. */
export function checkAddress(text: string | undefined, path: Path): Finding[] {
  if (text === undefined || familyOf(text) !== undefined) return [];
  const message = `expected an IPv4 or IPv6 address, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** Returns the findings of an address with prefix length that is not one. */
export function checkCidr(text: string, path: Path): Finding[] {
  if (parseCidr(text) !== undefined) return [];
  const message = `expected an address with prefix length, such as 10.240.0.35/16, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** Returns the findings of a time that no calendar has. */
export function checkTime(text: string | undefined, path: Path): Finding[] {
  if (text === undefined || isTime(text)) return [];
  const message = `expected a UTC timestamp, such as 2026-11-21T11:13:58.986Z, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** The 31st of a shorter month is read as the 1st of the next one: only what comes back the same is a time. */
function isTime(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 19));
}

/** Returns the findings of a route: prefixes and gateways that are none, and families that do not fit. */
export function checkRoute(route: Route | PodRoute, path: Path): Finding[] {
  const { to, via } = route;
  const source = 'source' in route ? route.source : undefined;
  const findings = [
    ...(to === 'default' ? [] : checkCidr(to, [...path, 'to'])),
    ...checkAddress(via, [...path, 'via']),
    ...checkAddress(source, [...path, 'source']),
  ];
  if (findings.length > 0) return findings;
  const family = to === 'default' ? undefined : familyOf(to);
  for (const [key, value] of Object.entries({ via, source })) {
    const other = value === undefined ? undefined : familyOf(value);
    const wanted = family ?? familyOf(via ?? value ?? '');
    if (other === undefined || other === wanted) continue;
    findings.push({
      code: 'other-family',
      place: valueAt(...path, key),
      message: `${key} ${value} is IPv${other}, but the route to ${to} is IPv${wanted}`,
      hint: `use an IPv${wanted} address, or remove the line`,
      related: valueAt(...path, family === undefined ? 'via' : 'to'),
    });
  }
  return findings;
}

/** Returns the findings of an address that pods may have only when it is in the subnet and not the node's own. */
export function checkPodAddress(
  value: number,
  network: Network,
  own: ReadonlyMap<number, NodeAddress>,
): PodMismatch {
  const subnet = parsePrefixIpv4(network.pool.subnet);
  const inSubnet = subnet === undefined || (value >= subnet.first && value <= subnet.last);
  return { inSubnet, taken: own.get(value) };
}

/** What speaks against an address for a pod. */
export type PodMismatch = { readonly inSubnet: boolean; readonly taken: NodeAddress | undefined };

/** Returns the finding of each mismatch, for an address of the named network at the place. */
export function podAddressFindings(
  value: number,
  name: string,
  place: Place,
  mismatch: PodMismatch,
): Finding[] {
  const address = formatIpv4(value);
  if (!mismatch.inSubnet) {
    return [
      {
        code: 'outside-subnet',
        place,
        message: `address ${address} is outside the pool's subnet`,
        hint: 'change the address or the subnet',
        related: valueAt('networks', name, 'pool', 'subnet'),
      },
    ];
  }
  if (mismatch.taken === undefined) return [];
  const { meaning, place: related } = mismatch.taken;
  const message = `address ${address} is ${meaning}: it cannot be assigned to a pod`;
  return [{ code: 'node-address', place, message, hint: 'use another address', related }];
}

/** Remembers where each value was first seen; returns the findings of a second place. */
export class Unique<K> {
  readonly #seen = new Map<K, Place>();
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  /** Returns a finding when the value was there before; `what` names it (`address 10.240.0.36`). */
  add(value: K, what: () => string, place: () => Place): Finding[] {
    const first = this.#seen.get(value);
    const here = place();
    if (first === undefined) {
      this.#seen.set(value, here);
      return [];
    }
    const hint = 'change or remove one of the two';
    return [{ code: this.#code, place: here, message: `${what()} is duplicated`, hint, related: first }];
  }
}

/** Returns the finding of a key whose network is not in the document. */
export function noSuchNetwork(place: Path, network: string, known: readonly string[]): Finding {
  const names = known.length === 0 ? 'the document has none' : `the networks are ${known.join(', ')}`;
  return {
    code: 'no-such-network',
    place: keyAt(...place),
    message: `the document has no network "${network}"`,
    hint: `${names}; add it below networks or remove this entry`,
  };
}
