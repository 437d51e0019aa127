/** The chains of the table of network policies. Pure. Source: nft(8). */
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
  const isolated = (direction: Direction, own: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      FAMILIES.map(([family, ip]) => [
        `${direction}${family}`,
        `${ip} ${own} vmap @${DIRECTION_WORDS[direction].pods}${family}`,
      ]),
    );
  chains['ingress'] = { hook: '', rules: { ...isolated('ingress', 'daddr'), others: 'accept' } };
  chains['forward'] = {
    hook: FORWARD,
    rules: {
      // Only replies: a changed policy ends open connections at once.
      replies: 'ct direction reply ct state established,related accept',
      related: 'ct state related accept',
      nd: 'icmpv6 type 133-137 accept',
      ...Object.fromEntries(
        FAMILIES.map(([family, ip]) => [`self${family}`, `${ip} saddr . ${ip} daddr @self${family} accept`]),
      ),
      ...nodeRules(nodeCidrs),
      ...isolated('egress', 'saddr'),
      ingress: 'goto ingress',
    },
  };
  return chains;
}

function nodeRules(nodeCidrs: readonly string[]): Readonly<Record<string, string>> {
  const rules: Record<string, string> = {};
  for (const [family, ip] of FAMILIES) {
    const own = nodeCidrs.filter((cidr) => cidr.includes(':') === (family === 6)).toSorted();
    if (own.length === 0) continue;
    rules[`from-node${family}`] = `${ip} saddr { ${own.join(', ')} } accept`;
    rules[`to-node${family}`] = `${ip} daddr { ${own.join(', ')} } accept`;
  }
  return rules;
}

/**
 * The rules of a profile's chain by their comments, in nft's words for ingress and IPv4: it counts what it judges, asks for the class of the
 * peer and its ports, then for blocks, and counts what it denies. An egress that is allowed goes on to `ingress`. The class is in the packet's
 * priority only between the loads of one key: nft cannot list a key that has the value of a map. `former` is a register with the priority
 * that the packet came with; nft lists it as `meta priority`.
 * Shape: a chain without blocks has no such rule.
 */
export const PROFILE_RULES = {
  judged: 'counter',
  peers:
    'meta priority set ip saddr map @peer_in4 meta priority set former meta priority . meta l4proto . th dport @grant_in4_… accept',
  blocks: 'ip saddr . meta l4proto . th dport @cidr_in4_… accept',
  denied: 'counter goto denied_ingress',
} as const;

/** The comment of a rule of a profile's chain. */
export type ProfileRule = keyof typeof PROFILE_RULES;

/** Returns the comments of the rules in the chain of the profile, in order. */
export function rulesOfProfile({ blocks }: ProfileNames): readonly ProfileRule[] {
  return blocks === undefined ? ['judged', 'peers', 'denied'] : ['judged', 'peers', 'blocks', 'denied'];
}
