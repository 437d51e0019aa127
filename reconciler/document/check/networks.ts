/** Rules within and between networks, in one pass. Pure; off the ADD path. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  type AddressList,
  containsAddress,
  expandRanges,
  formatAddresses,
  intersectAddresses,
  mergeRanges,
} from '../../model/addresses/address-list.ts';
import {
  type Address,
  type AddressRange,
  type Family,
  familyOfAddress,
  formatAddress,
  isInRange,
  normaliseAddress,
  parseAddress,
  parsePrefix,
  successor,
} from '../../model/addresses/address.ts';
import { type FamilyPool, poolKey, poolsOf } from '../../model/addresses/families.ts';
import type { OwnAddress } from '../../model/addresses/own.ts';
import { parseRange } from '../../model/addresses/range.ts';
import type { Located, NetworkValues } from '../../model/modes/mode.ts';
import { modeOf } from '../../model/modes/registry.ts';
import {
  type AddressPlan,
  addressPlanOf,
  checkAddress,
  checkCidr,
  checkRoute,
  podAddressFindings,
  subnetFor,
  Unique,
} from './addresses.ts';
import { type Finding, type Path, type FindingPlace, valueAt } from './finding.ts';

/** Returns all violations in networks. */
export function checkNetworks(document: VnetDocument): Finding[] {
  const findings: Finding[] = [];
  const names = new Unique<string>('double-name');
  const pools: ListedPool[] = [];
  for (const [name, network] of Object.entries(document.networks)) {
    const plan = addressPlanOf(name, network);
    const path = ['networks', name];
    findings.push(...checkInterfaces(network, path, names));
    for (const one of poolsOf(network)) {
      const checked = checkPool(one, [...path, 'pools', one.key], plan);
      pools.push({ name, key: one.key, list: checked.list });
      findings.push(...checked.findings);
    }
    findings.push(
      ...checkValues(network, path),
      ...checkServers(network, path),
      ...checkReservations(network, plan),
    );
  }
  return [...findings, ...checkOverlaps(pools)];
}

type ListedPool = { readonly name: string; readonly key: string; readonly list: AddressList };

type Checked = { readonly findings: Finding[]; readonly list: AddressList };

function checkPool(one: FamilyPool, path: Path, { own }: AddressPlan): Checked {
  const { pool } = one;
  const excluded = checkRanges(one, pool.exclude ?? [], [...path, 'exclude'], new Map());
  const assignable = new Map([...own].filter(([address]) => !containsAddress(excluded.list, address)));
  const listed = checkRanges(one, pool.addresses, [...path, 'addresses'], assignable);
  return {
    findings: [...checkSubnet(one, path), ...excluded.findings, ...listed.findings],
    list: listed.list,
  };
}

/** The link-local addresses of IPv6: a router may have no other. Source: RFC 4291 2.5.6. */
const LINK_LOCAL = expandRanges(['fe80::/10']);

function checkSubnet({ pool }: FamilyPool, path: Path): Finding[] {
  const place = valueAt(...path, 'gateway');
  const subnet = parsePrefix(pool.subnet);
  const gateway = parseAddress(pool.gateway);
  if (subnet === undefined || gateway === undefined) {
    return [
      ...checkCidr(pool.subnet, [...path, 'subnet']),
      ...checkAddress(pool.gateway, [...path, 'gateway']),
    ];
  }
  const related = valueAt(...path, 'subnet');
  const hint = `the subnet's first address is ${formatAddress(successor(subnet.first))}`;
  if (!isInRange(gateway, subnet) && !containsAddress(LINK_LOCAL, gateway)) {
    const message = `gateway ${pool.gateway} is outside the subnet ${pool.subnet}`;
    return [{ code: 'outside-subnet', place, message, hint, related }];
  }
  const isIpv4 = typeof gateway === 'number';
  const isLast = isIpv4 && gateway === subnet.last;
  if (successor(subnet.first) >= subnet.last || !(isLast || gateway === subnet.first)) return [];
  const edge = isIpv4 ? 'the network or broadcast address' : 'the anycast address of the routers';
  const message = `gateway ${pool.gateway} is ${edge} of the subnet ${pool.subnet}`;
  return [{ code: 'node-address', place, message, hint, related }];
}

/** A prefix stands for a whole subnet, so it may include the node's own addresses; allocation skips them. */
function checkRanges(
  { family, pool }: FamilyPool,
  texts: readonly string[],
  path: Path,
  own: ReadonlyMap<Address, OwnAddress>,
): Checked {
  const subnet = parsePrefix(pool.subnet);
  const findings: Finding[] = [];
  const ranges: AddressRange[] = [];
  for (const [index, text] of texts.entries()) {
    const place = valueAt(...path, index);
    const range = parseRange(text, family);
    if (!range.ok) {
      findings.push({ code: 'bad-range', place, message: range.error });
      continue;
    }
    ranges.push(range.value);
    const { first, last } = range.value;
    if (subnet !== undefined && !(isInRange(first, subnet) && isInRange(last, subnet))) {
      const related = valueAt(...path.slice(0, -1), 'subnet');
      const message = `${text} is not entirely in the subnet ${pool.subnet}`;
      const hint = 'change the range or the subnet';
      findings.push({ code: 'outside-subnet', place, message, hint, related });
      continue;
    }
    for (const [address, { meaning, path: keys }] of text.includes('/') ? [] : own) {
      if (!isInRange(address, range.value)) continue;
      const related = valueAt(...path.slice(0, 2), ...keys);
      const message = `${text} holds ${formatAddress(address)}, which is ${meaning}`;
      const hint = 'remove it, or list it in exclude';
      findings.push({ code: 'node-address', place, message, hint, related });
    }
  }
  return { findings, list: mergeRanges(ranges) };
}

function checkInterfaces(network: Network, path: Path, names: Unique<string>): Finding[] {
  const mode = modeOf(network);
  const links = Object.entries(mode.links(network)).map(([section, { name }]) => ({
    path: [section, 'name'],
    name,
    what: `interface ${name}`,
  }));
  const claims = (mode.values?.(network).claims ?? []).map(({ value, path: keys }) => ({
    path: keys,
    name: value,
    what: value,
  }));
  return [...links, ...claims].flatMap(({ name, what, path: keys }) =>
    names.add(
      name,
      () => what,
      () => valueAt(...path, ...keys),
    ),
  );
}

const NO_VALUES: NetworkValues = { addresses: [], routes: [], neighbours: [] };

function checkValues(network: Network, path: Path): Finding[] {
  const mode = modeOf(network);
  const { addresses, routes, neighbours, viaHost = [] } = mode.values?.(network) ?? NO_VALUES;
  const conflicts = mode.conflicts?.(network) ?? [];
  return [
    ...conflicts.map(({ path: keys, related, ...texts }) => ({
      code: 'conflicting-values',
      place: valueAt(...path, ...keys),
      ...texts,
      ...(related === undefined ? {} : { related: valueAt(...path, ...related) }),
    })),
    ...checkDistinct('address', addresses, path, checkCidr),
    ...routes.flatMap(({ value, path: keys }) => checkRoute(value, [...path, ...keys])),
    ...checkDistinct('neighbour', neighbours, path, checkAddress),
    ...checkDistinct('address', viaHost, path, checkAddress),
  ];
}

function checkDistinct(
  what: string,
  values: readonly Located<string>[],
  path: Path,
  check: (text: string, at: Path) => Finding[],
): Finding[] {
  const known = new Unique<string>('double-address');
  return values.flatMap(({ value, path: keys }) => {
    const at = [...path, ...keys];
    return [
      ...check(value, at),
      ...known.add(
        normaliseAddress(value),
        () => `${what} ${value}`,
        () => valueAt(...at),
      ),
    ];
  });
}

function checkServers({ dns }: Network, path: Path): Finding[] {
  return (dns?.nameservers ?? []).flatMap((server, index) =>
    checkAddress(server, [...path, 'dns', 'nameservers', index]),
  );
}

function checkReservations(network: Network, plan: AddressPlan): Finding[] {
  const addresses = new Unique<Address>('double-address');
  const macs = new Unique<string>('double-mac');
  const pods = new Unique<string>('double-reservation');
  return (network.reservations ?? []).flatMap(({ pod, ifName, addresses: texts, mac }, index) => {
    const path = ['networks', plan.name, 'reservations', index];
    const hardware = mac?.toLowerCase();
    const podKey = `${pod} ${ifName ?? ''}`;
    const families = new Unique<Family>('double-family');
    return [
      ...pods.add(
        podKey,
        () => `a reservation for pod ${podKey.trimEnd()}`,
        () => valueAt(...path, 'pod'),
      ),
      ...texts.flatMap((text, at) => {
        const place = valueAt(...path, 'addresses', at);
        const value = parseAddress(text);
        if (value === undefined) return checkAddress(text, [...path, 'addresses', at]);
        const here = (): FindingPlace => place;
        const family = familyOfAddress(value);
        return [
          ...poolFindings(value, plan, place),
          ...podAddressFindings(value, plan, place),
          ...families.add(family, () => `an IPv${family} address of this reservation`, here),
          ...addresses.add(value, () => `the reserved address ${text}`, here),
        ];
      }),
      ...(hardware === undefined
        ? []
        : macs.add(
            hardware,
            () => `the reserved MAC ${hardware}`,
            () => valueAt(...path, 'mac'),
          )),
    ];
  });
}

/** An address can be reserved only in a pool. */
function poolFindings(value: Address, plan: AddressPlan, place: FindingPlace): Finding[] {
  if (subnetFor(value, plan) !== undefined) return [];
  const family = familyOfAddress(value);
  const message = `address ${formatAddress(value)} is IPv${family}, but the network has no IPv${family} pool`;
  return [{ code: 'no-pool', place, message, hint: `add pools.${poolKey(family)}, or remove the address` }];
}

function checkOverlaps(pools: readonly ListedPool[]): Finding[] {
  return pools.flatMap(({ name, key, list }, index) =>
    pools.slice(0, index).flatMap((other) => {
      const [both] = other.key === key ? formatAddresses(intersectAddresses(list, other.list)) : [];
      if (both === undefined) return [];
      return [
        {
          code: 'overlapping-pools',
          place: valueAt('networks', name, 'pools', key, 'addresses'),
          message: `the pools of ${other.name} and ${name} overlap at ${both}`,
          hint: 'assign each address to one network',
          related: valueAt('networks', other.name, 'pools', other.key, 'addresses'),
        },
      ];
    }),
  );
}
