/** The chains of the table of network policies. Pure. Source: nft(8). */
import type { Family } from '../../addresses/address.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import { DIRECTION_WORDS, type ProfileNames } from '../compiler/sets.ts';

/** The rules of a chain by purpose; `hook` is '' for a chain that is only a jump target. */
export type PolicyChain = { readonly hook: string; readonly rules: Readonly<Record<string, string>> };

const FAMILIES = [
  [4, 'ip', 'ipv4_addr'],
  [6, 'ip6', 'ipv6_addr'],
] as const;

/**
 * Before other filters of the hook; a verdict here ends only this table. DNAT comes before: packets have the addresses and ports of
 * pods; masquerade comes after.
 */
const FORWARD = 'type filter hook forward priority filter - 10; policy accept;';

/** The declarations of sets that always exist, by name. */
export function fixedSets(): Readonly<Record<string, string>> {
  const sets: Record<string, string> = {};
  for (const [family, , address] of FAMILIES) {
    sets[`set self${family}`] = `type ${address} . ${address};`;
    for (const { pods, peers } of DIRECTIONS.map((direction) => DIRECTION_WORDS[direction])) {
      sets[`map ${pods}${family}`] = `type ${address} : verdict;`;
      sets[`map ${peers}${family}`] = `type ${address} : classid;`;
    }
  }
  return sets;
}

/** The named counters of denied packets. */
export const DENIED_COUNTERS: Readonly<Record<Direction, string>> = {
  ingress: 'denied_ingress',
  egress: 'denied_egress',
};

/** The group of nflog to which denied packets are logged, at most so many in a second. */
export const DENIED_LOG_GROUP = 118;
const LOGGED_PER_SECOND = 10;

/**
 * Returns the chains that always exist. The address of an isolated pod leads to the chain of its profile, which accepts or denies.
 * Shape: `nodeCidrs` are valid.
 */
export function fixedChains(nodeCidrs: readonly string[]): Readonly<Record<string, PolicyChain>> {
  const chains: Record<string, PolicyChain> = {};
  for (const direction of DIRECTIONS) {
    chains[DENIED_COUNTERS[direction]] = {
      hook: '',
      rules: {
        log: `limit rate ${LOGGED_PER_SECOND}/second log prefix "vnet:${direction}" group ${DENIED_LOG_GROUP} snaplen 128`,
        drop: `counter name ${DENIED_COUNTERS[direction]} drop`,
      },
    };
  }
  chains['forward'] = {
    hook: FORWARD,
    rules: {
      // Only replies: a changed policy ends open connections at once.
      replies: 'ct direction reply ct state established accept',
      related: 'ct state related jump related',
      ipv6: 'meta nfproto ipv6 goto forward6',
      ...judgingRules(4, nodeCidrs),
    },
  };
  chains['forward6'] = {
    hook: '',
    // One that was routed is none: its hop limit is less.
    rules: { nd: 'icmpv6 type 133-137 ip6 hoplimit 255 accept', ...judgingRules(6, nodeCidrs) },
  };
  chains['related'] = { hook: '', rules: { ...relatedRules('ip', 4), ...relatedRules('ip6', 6) } };
  return chains;
}

/**
 * Any router may report an error about a connection, but an isolated pod only about its own: with the addresses and ports of another one, its
 * packets would pass as errors.
 */
function relatedRules(ip: string, family: Family): Readonly<Record<string, string>> {
  return {
    [`${ip}-free`]: `${ip} saddr . ${ip} saddr != @self${family} accept`,
    [`${ip}-asked`]: `${ip} saddr . ct reply ${ip} saddr @self${family} accept`,
    [`${ip}-asking`]: `${ip} saddr . ct original ${ip} saddr @self${family} accept`,
  };
}

/** The chains to which the maps lead return where the packet may leave its pod. */
function judgingRules(family: Family, nodeCidrs: readonly string[]): Readonly<Record<string, string>> {
  const ip = family === 4 ? 'ip' : 'ip6';
  const rules: Record<string, string> = {};
  const own = nodeCidrs.filter((cidr) => cidr.includes(':') === (family === 6)).toSorted();
  if (own.length > 0) {
    rules['from-node'] = `${ip} saddr { ${own.join(', ')} } accept`;
    rules['to-node'] = `${ip} daddr { ${own.join(', ')} } accept`;
  }
  const isolated = (direction: Direction): string => `vmap @${DIRECTION_WORDS[direction].pods}${family}`;
  rules['egress'] = `${ip} saddr ${isolated('egress')}`;
  rules['ingress'] = `${ip} daddr ${isolated('ingress')}`;
  return rules;
}

/**
 * The rules of a profile's chain by their comments, in nft's words for ingress and IPv4: it counts the packets that it judges, looks up the class of the
 * peer and its port, among single ports and then among ranges, then for blocks, lets a pod reach itself, and counts what it denies. An egress that
 * is allowed returns to `forward`. Single ports have a set of their own: a hash takes a fraction of the time of an interval set, whose
 * instructions make the kernel save and restore the sender's registers. The class is in the packet's priority only between the loads of one
 * key: nft cannot list a key that has the value of a map. `former` is a register with the priority that the packet came with; nft lists it as
 * `meta priority`.
 * Shape: a chain has only the rules whose sets exist.
 */
export const PROFILE_RULES = {
  judged: 'counter',
  ports: askByClass('port_in4_…'),
  ranges: askByClass('range_in4_…'),
  blocks: 'ip saddr . meta l4proto . th dport @cidr_in4_… accept',
  self: 'ip saddr . ip daddr @self4 accept',
  denied: 'counter goto denied_ingress',
} as const;

function askByClass(set: string): string {
  return `meta priority set ip saddr map @peer_in4 meta priority set former meta priority . meta l4proto . th dport @${set} accept`;
}

/** The comment of a rule of a profile's chain. */
export type ProfileRule = keyof typeof PROFILE_RULES;

/** Returns the comments of the rules in the chain of the profile, in order. */
export function rulesOfProfile({ ports, ranges, blocks }: ProfileNames): readonly ProfileRule[] {
  const asking = [
    ports === undefined ? [] : (['ports'] as const),
    ranges === undefined ? [] : (['ranges'] as const),
    blocks === undefined ? [] : (['blocks'] as const),
  ].flat();
  return ['judged', ...asking, 'self', 'denied'];
}
