/** Evaluates foreign rules for packets. Pure. */
import { type AddressList, countAddresses, intersectAddresses } from '../addresses/address-list.ts';
import type { FilterChain, RuleCondition, FilterTable, Rule, Extent } from './ruleset.ts';

/**
 * Packets of one kind at one hook: the first of a connection.
 * Shape: `iif` and `oif` are the possible links, undefined if the hook has none; `source` and `destination`
 * are undefined if arbitrary; `type` is the EtherType as a word; `isBridged`: passed by br_netfilter; `isReturned`: from a pod of this
 * node, back from the network.
 */
export type Packets = {
  readonly iif?: readonly string[] | undefined;
  readonly oif?: readonly string[] | undefined;
  readonly source?: AddressList | undefined;
  readonly destination?: AddressList | undefined;
  readonly type: 'ip' | 'ip6' | 'arp';
  readonly isBridged: boolean;
  readonly isReturned?: true;
};

/** A drop. Shape: `rule` is undefined for the policy of the chain; `which` of the packets. */
export type Drop = {
  readonly chain: FilterChain;
  readonly rule: Rule | undefined;
  readonly which: Exclude<Extent, 'none'>;
};

/**
 * Returns the drops in the base chain, in order; rules after one that ends all packets are not reached.
 * Law: `which` is `all` only if every packet reaches the drop.
 */
export function dropsOf(table: FilterTable, base: FilterChain, packets: Packets): readonly Drop[] {
  const drops: Drop[] = [];
  const left = walk({ table, packets, drops }, base, 'all');
  if (left !== 'none' && base.policy === 'drop') drops.push({ chain: base, rule: undefined, which: left });
  return drops;
}

type Walk = { readonly table: FilterTable; readonly packets: Packets; readonly drops: Drop[] };

/** Returns which of the packets leave the chain at its end. */
function walk(walking: Walk, chain: FilterChain, entering: Exclude<Extent, 'none'>): Extent {
  let reach: Exclude<Extent, 'none'> = entering;
  let isReturning = false;
  for (const rule of chain.rules) {
    const matches = isForOthers(rule)
      ? 'none'
      : every(rule.conditions.map((condition) => holds(condition, walking.packets)));
    if (matches === 'none') continue;
    const which = matches === 'all' ? reach : 'some';
    const left = follow(walking, { chain, rule, which });
    if (left === 'next') continue;
    if (matches === 'all' && left !== 'some') {
      if (left === 'none') return isReturning ? 'some' : 'none';
      return isReturning ? 'some' : reach;
    }
    if (left === 'return') isReturning = true;
    reach = 'some';
  }
  return reach;
}

/** Returns true if the rule accepts packets without ports only, such as ICMP: a drop behind it is of all connections. */
function isForOthers({ conditions, verdict }: Rule): boolean {
  return verdict.kind === 'accept' && conditions.some(isPortless);
}

function isPortless(condition: RuleCondition): boolean {
  if (condition.on !== 'protocol' || condition.isNegated) return false;
  return !condition.values.some((one) => WITH_PORTS.has(one));
}

const WITH_PORTS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

/** Returns the outcome for matching packets: none continue, they return, or some of them continue. */
function follow(
  walking: Walk,
  { chain, rule, which }: { chain: FilterChain; rule: Rule; which: Exclude<Extent, 'none'> },
): 'none' | 'some' | 'next' | 'return' {
  const { verdict } = rule;
  switch (verdict.kind) {
    case 'next':
      return 'next';
    case 'drop':
      walking.drops.push({ chain, rule, which });
      return 'none';
    case 'accept':
      return 'none';
    case 'return':
      return 'return';
    case 'jump':
    case 'goto': {
      const target = walking.table.chains.get(verdict.target);
      if (target === undefined) return verdict.kind === 'goto' ? 'return' : 'next';
      const left = walk(walking, target, which);
      if (left === 'none') return 'none';
      if (verdict.kind === 'goto') return 'return';
      return left === which ? 'next' : 'some';
    }
  }
}

function every(extents: readonly Extent[]): Extent {
  if (extents.includes('none')) return 'none';
  return extents.includes('some') ? 'some' : 'all';
}

function holds(condition: RuleCondition, packets: Packets): Extent {
  const truth = isSo(condition, packets);
  if (!condition.isNegated || truth === 'some') return truth;
  return truth === 'all' ? 'none' : 'all';
}

function isSo(condition: RuleCondition, packets: Packets): Extent {
  switch (condition.on) {
    case 'iif':
    case 'oif':
      return amongNames(packets[condition.on] ?? [''], condition.values);
    case 'source':
    case 'destination':
      return amongAddresses(packets[condition.on], condition.addresses);
    case 'state':
      return condition.values.some((word) => word.toLowerCase() === 'new') ? 'all' : 'none';
    case 'type':
      return condition.values.includes(packets.type) ? 'all' : 'none';
    case 'mark':
      return condition.value === 0 ? 'all' : 'none';
    case 'bridged':
      return packets.isBridged ? 'all' : 'none';
    case 'unrouted':
      if (packets.isReturned === true) return 'all';
      // The node has a route to each pod by the link that its packets come from.
      return packets.iif !== undefined && packets.source !== undefined ? 'none' : 'some';
    case 'protocol':
    case 'other':
      return 'some';
  }
}

function amongNames(names: readonly string[], values: readonly string[]): Extent {
  const found = names.filter((name) => values.some((value) => fits(name, value))).length;
  if (found === 0) return 'none';
  return found === names.length ? 'all' : 'some';
}

function fits(name: string, value: string): boolean {
  return value.endsWith('*') ? name.startsWith(value.slice(0, -1)) : name === value;
}

function amongAddresses(packets: AddressList | undefined, addresses: AddressList): Extent {
  if (packets === undefined) return 'some';
  const common = countAddresses(intersectAddresses(packets, addresses));
  if (common === 0) return 'none';
  return common === countAddresses(packets) ? 'all' : 'some';
}
