/** Address rules shared by networks and endpoints. Pure, and without libraries: on the ADD path. */
import type { Network, PodRoute, Route } from '../../../schemas/generated/vnet.ts';
import {
  type Address,
  type AddressRange,
  familyOf,
  formatAddress,
  isInRange,
  parseCidr,
  parsePrefix,
} from '../../model/addresses/address.ts';
import { poolsOf } from '../../model/addresses/families.ts';
import { type OwnAddress, ownAddresses } from '../../model/addresses/own.ts';
import { type Finding, keyAt, type Path, type FindingPlace, valueAt } from './finding.ts';

/** Returns a finding if the address (without prefix length) is neither IPv4 nor IPv6. */
export function checkAddress(text: string | undefined, path: Path): Finding[] {
  if (text === undefined || familyOf(text) !== undefined) return [];
  const message = `expected an IPv4 or IPv6 address, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** Returns a finding if the text is not an address with prefix length. */
export function checkCidr(text: string, path: Path): Finding[] {
  if (parseCidr(text) !== undefined) return [];
  const message = `expected an address with prefix length, such as 10.240.0.35/16, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** Returns a finding if the time is not on the calendar. */
export function checkTime(text: string | undefined, path: Path): Finding[] {
  if (text === undefined || isTime(text)) return [];
  const message = `expected a UTC timestamp, such as 2026-11-21T11:13:58.986Z, got "${text}"`;
  return [{ code: 'bad-value', place: valueAt(...path), message }];
}

/** Date reads the 31st of a shorter month as the 1st of the next: valid only if it renders back unchanged. */
function isTime(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 19));
}

/** Returns the findings of a route: malformed prefixes and gateways, and mixed families. */
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
    // An uplink's own route may lead to an IPv6 gateway (RFC 8950); in a route written by hand it is a
    // mistake.
    const isGiven = key === 'via' && family === 4 && path.includes('uplink');
    if (other === undefined || other === wanted || isGiven) continue;
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

/** Constraints on addresses of pods of a network. Shape: `own` are those that no pod may have. */
export type AddressPlan = {
  readonly name: string;
  readonly subnets: readonly { readonly key: string; readonly range: AddressRange }[];
  readonly own: ReadonlyMap<Address, OwnAddress>;
};

/** Returns the constraints of the network. */
export function addressPlanOf(name: string, network: Network): AddressPlan {
  const subnets = poolsOf(network).flatMap(({ key, pool }) => {
    const range = parsePrefix(pool.subnet);
    return range === undefined ? [] : [{ key, range }];
  });
  return { name, subnets, own: ownAddresses(network) };
}

/** Returns true if a pod of the network may have the address; an address of a family without a pool is unconstrained. */
export function mayBePodAddress(value: Address, plan: AddressPlan): boolean {
  const subnet = subnetFor(value, plan);
  return subnet === undefined || (isInRange(value, subnet.range) && !plan.own.has(value));
}

/** Returns the subnet of the address's family. */
export function subnetFor(
  value: Address,
  { subnets }: AddressPlan,
): AddressPlan['subnets'][number] | undefined {
  return subnets.find(({ range }) => typeof range.first === typeof value);
}

/** Returns the finding of a pod address: it must be in the subnet and not be the node's own. */
export function podAddressFindings(value: Address, plan: AddressPlan, place: FindingPlace): Finding[] {
  if (mayBePodAddress(value, plan)) return [];
  const address = formatAddress(value);
  const own = plan.own.get(value);
  if (own === undefined) {
    const key = subnetFor(value, plan)?.key ?? '';
    return [
      {
        code: 'outside-subnet',
        place,
        message: `address ${address} is outside the pool's subnet`,
        hint: 'change the address or the subnet',
        related: valueAt('networks', plan.name, 'pools', key, 'subnet'),
      },
    ];
  }
  const message = `address ${address} is ${own.meaning}: it cannot be assigned to a pod`;
  const related = valueAt('networks', plan.name, ...own.path);
  return [{ code: 'node-address', place, message, hint: 'use another address', related }];
}

/** Detects duplicates: remembers the first place of each value. */
export class Unique<K> {
  readonly #seen = new Map<K, FindingPlace>();
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  /** Returns a finding if the value was added before; `what` names it (`address 10.240.0.36`). */
  add(value: K, what: () => string, place: () => FindingPlace): Finding[] {
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
