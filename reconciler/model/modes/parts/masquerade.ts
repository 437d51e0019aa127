/** Masquerade: packets from pods get the node's address where only the node can be answered. Pure. */
import type { Masquerade } from '../../../../schemas/generated/vnet.ts';
import { type AddressList, formatAddresses, mergeRanges } from '../../addresses/address-list.ts';
import {
  type AddressRange,
  type Family,
  familyOf,
  normalisePrefix,
  parsePrefix,
} from '../../addresses/address.ts';
import type { NftFragment } from '../../nft-table.ts';
import type { Located, ValueConflict } from '../mode.ts';

/** All destinations of a family: then its packets keep their addresses, as IPv4 does with azure-vnet's ipv6nat. */
const EVERYTHING = { 4: parsePrefix('0.0.0.0/0'), 6: parsePrefix('::/0') } as const;

/** The keyword of a family in rules. */
const PROTOCOLS = { 4: 'ip', 6: 'ip6' } as const;

/**
 * Returns the rules that masquerade packets from the subnets of the named network; none without masquerade.
 * Shape: one lookup of an interval set for any number of destinations. The node's own addresses keep theirs, also those in
 * the subnet.
 * Source: nft(8), NAT STATEMENTS and FIB EXPRESSIONS; priority srcnat is 100 in family inet.
 */
export function masqueradeRules(
  name: string,
  masquerade: Masquerade | undefined,
  subnets: readonly string[],
): readonly NftFragment[] {
  if (masquerade?.enabled !== true) return [];
  const rules = subnets.flatMap((subnet): readonly (readonly [string, string])[] => {
    const family = familyOf(subnet) ?? 4;
    const protocol = PROTOCOLS[family];
    const list = listOf(masquerade, family);
    if (isWithin(list, EVERYTHING[family])) return [];
    const direct = formatAddresses(list);
    const beyond = direct.length === 0 ? '' : ` ${protocol} daddr != { ${direct.join(', ')} }`;
    const ports = masquerade.randomFully === false ? '' : ' fully-random';
    const text = `${protocol} saddr ${normalisePrefix(subnet)} fib saddr type != local${beyond} fib daddr type != local masquerade${ports}`;
    return [[`${name}-masquerade-${protocol}`, text]];
  });
  if (rules.length === 0) return [];
  const hook = 'type nat hook postrouting priority srcnat; policy accept;';
  const chains = { postrouting: { hook, rules: Object.fromEntries(rules) } };
  return [{ family: 'inet', sets: {}, chains }];
}

function listOf({ direct }: Masquerade, family: Family): AddressList {
  return mergeRanges(direct.flatMap((text) => (familyOf(text) === family ? (parsePrefix(text) ?? []) : [])));
}

function isWithin(list: AddressList, prefix: AddressRange | undefined): boolean {
  if (prefix === undefined) return false;
  return list.some(({ first, last }) => first <= prefix.first && prefix.last <= last);
}

/** Returns the prefixes of pods that `direct` does not cover: their packets to each other would be masqueraded. */
export function masqueradeConflicts(
  masquerade: Masquerade | undefined,
  prefixes: readonly Located<string>[],
): readonly ValueConflict[] {
  if (masquerade?.enabled !== true) return [];
  return prefixes.flatMap(({ path, value }) => {
    const prefix = parsePrefix(value);
    const family = familyOf(value);
    if (prefix === undefined || family === undefined) return [];
    if (isWithin(listOf(masquerade, family), prefix)) return [];
    return [
      {
        path: ['masquerade', 'direct'],
        related: path,
        message: `direct does not cover ${value}: packets between pods would be masqueraded`,
        hint: `add ${normalisePrefix(value)} to direct`,
      },
    ];
  });
}

/** Returns the section of a new network, if it is to masquerade: `direct` begins with the subnets of its own pods. */
export function firstMasquerade(
  masquerade: Masquerade | undefined,
  subnets: readonly string[],
): { readonly masquerade?: Masquerade } {
  if (masquerade === undefined) return {};
  const direct = new Set([...subnets.map(normalisePrefix), ...masquerade.direct]);
  return { masquerade: { ...masquerade, direct: [...direct] } };
}
