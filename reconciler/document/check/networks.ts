/** Rules within and between networks, in one pass. Pure; off the ADD path. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  type AddressList,
  containsAddress,
  formatAddresses,
  intersectAddresses,
  mergeRanges,
} from '../../model/addresses/address-list.ts';
import {
  type Address,
  type AddressRange,
  formatAddress,
  isInRange,
  normaliseAddress,
  parseAddress,
  parsePrefix,
  successor,
} from '../../model/addresses/address.ts';
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
  Unique,
} from './addresses.ts';
import { type Finding, type Path, valueAt } from './finding.ts';

/** Returns all violations in networks. */
export function checkNetworks(document: VnetDocument): Finding[] {
  const findings: Finding[] = [];
  const names = new Unique<string>('double-name');
  const pools: { readonly name: string; readonly list: AddressList }[] = [];
  for (const [name, network] of Object.entries(document.networks)) {
    const plan = addressPlanOf(name, network);
    const path = ['networks', name];
    findings.push(...checkInterfaces(network, path, names));
    const excluded = checkRanges(network, [...path, 'pool', 'exclude'], new Map());
    const listed = checkRanges(
      network,
      [...path, 'pool', 'addresses'],
      withoutExcluded(plan.own, excluded.list),
    );
    pools.push({ name, list: listed.list });
    findings.push(
      ...checkSubnet(network, path),
      ...excluded.findings,
      ...listed.findings,
      ...checkValues(network, path),
      ...checkServers(network, path),
      ...checkReservations(network, plan),
    );
  }
  return [...findings, ...checkOverlaps(pools)];
}

function withoutExcluded(
  own: ReadonlyMap<Address, OwnAddress>,
  excluded: AddressList,
): ReadonlyMap<Address, OwnAddress> {
  return new Map([...own].filter(([address]) => !containsAddress(excluded, address)));
}

function checkSubnet({ pool }: Network, path: Path): Finding[] {
  const subnet = parsePrefix(pool.subnet);
  const gateway = parseAddress(pool.gateway);
  if (subnet === undefined || gateway === undefined) return [];
  const related = valueAt(...path, 'pool', 'subnet');
  const place = valueAt(...path, 'pool', 'gateway');
  const first = formatAddress(successor(subnet.first));
  if (!isInRange(gateway, subnet)) {
    const message = `gateway ${pool.gateway} is outside the subnet ${pool.subnet}`;
    return [
      { code: 'outside-subnet', place, message, hint: `the subnet's first address is ${first}`, related },
    ];
  }
  const isEdge =
    successor(subnet.first) < subnet.last && (gateway === subnet.first || gateway === subnet.last);
  if (!isEdge) return [];
  const message = `gateway ${pool.gateway} is the network or broadcast address of the subnet ${pool.subnet}`;
  return [{ code: 'node-address', place, message, hint: `the subnet's first address is ${first}`, related }];
}

/** A prefix stands for a whole subnet, so it may include the node's own addresses; allocation skips them. */
function checkRanges(
  network: Network,
  path: Path,
  own: ReadonlyMap<Address, OwnAddress>,
): { readonly findings: Finding[]; readonly list: AddressList } {
  const texts = path.at(-1) === 'exclude' ? (network.pool.exclude ?? []) : network.pool.addresses;
  const subnet = parsePrefix(network.pool.subnet);
  const findings: Finding[] = [];
  const ranges: AddressRange[] = [];
  for (const [index, text] of texts.entries()) {
    const place = valueAt(...path, index);
    const range = parseRange(text, 4);
    if (!range.ok) {
      findings.push({ code: 'bad-range', place, message: range.error });
      continue;
    }
    ranges.push(range.value);
    const { first, last } = range.value;
    if (subnet !== undefined && (first < subnet.first || last > subnet.last)) {
      const related = valueAt(...path.slice(0, -1), 'subnet');
      const message = `${text} is not entirely in the subnet ${network.pool.subnet}`;
      findings.push({
        code: 'outside-subnet',
        place,
        message,
        hint: 'change the range or the subnet',
        related,
      });
      continue;
    }
    for (const [address, { meaning, path: keys }] of text.includes('/') ? [] : own) {
      if (!isInRange(address, range.value)) continue;
      const related = valueAt(...path.slice(0, 2), ...keys);
      const message = `${text} holds ${formatAddress(address)}, which is ${meaning}`;
      findings.push({
        code: 'node-address',
        place,
        message,
        hint: 'remove it, or list it in exclude',
        related,
      });
    }
  }
  return { findings, list: mergeRanges(ranges) };
}

function checkInterfaces(network: Network, path: Path, names: Unique<string>): Finding[] {
  return Object.entries(modeOf(network).links(network)).flatMap(([section, { name }]) =>
    names.add(
      name,
      () => `interface ${name}`,
      () => valueAt(...path, section, 'name'),
    ),
  );
}

const NO_VALUES: NetworkValues = { addresses: [], routes: [], neighbours: [] };

function checkValues(network: Network, path: Path): Finding[] {
  const mode = modeOf(network);
  const { addresses, routes, neighbours } = mode.values?.(network) ?? NO_VALUES;
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

function checkServers({ pool }: Network, path: Path): Finding[] {
  return (pool.dns?.nameservers ?? []).flatMap((server, index) =>
    checkAddress(server, [...path, 'pool', 'dns', 'nameservers', index]),
  );
}

function checkReservations(network: Network, plan: AddressPlan): Finding[] {
  const addresses = new Unique<Address>('double-address');
  const macs = new Unique<string>('double-mac');
  const pods = new Unique<string>('double-reservation');
  return (network.reservations ?? []).flatMap(({ pod, ifName, address, mac }, index) => {
    const path = ['networks', plan.name, 'reservations', index];
    const place = valueAt(...path, 'address');
    const value = parseAddress(address);
    const hardware = mac?.toLowerCase();
    const podKey = `${pod} ${ifName ?? ''}`;
    return [
      ...pods.add(
        podKey,
        () => `a reservation for pod ${podKey.trimEnd()}`,
        () => valueAt(...path, 'pod'),
      ),
      ...(value === undefined
        ? []
        : [
            ...podAddressFindings(value, plan, place),
            ...addresses.add(
              value,
              () => `the reserved address ${address}`,
              () => place,
            ),
          ]),
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

function checkOverlaps(pools: readonly { readonly name: string; readonly list: AddressList }[]): Finding[] {
  return pools.flatMap(({ name, list }, index) =>
    pools.slice(0, index).flatMap((other) => {
      const [both] = formatAddresses(intersectAddresses(list, other.list));
      if (both === undefined) return [];
      return [
        {
          code: 'overlapping-pools',
          place: valueAt('networks', name, 'pool', 'addresses'),
          message: `the pools of ${other.name} and ${name} overlap at ${both}`,
          hint: 'assign each address to one network',
          related: valueAt('networks', other.name, 'pool', 'addresses'),
        },
      ];
    }),
  );
}
