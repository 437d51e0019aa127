/** The chains of the table of network policies. Pure. Source: nft(8). */
import type { Family } from '../../addresses/address.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import { DIRECTION_WORDS } from '../compiler/sets.ts';

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
    for (const { isolated, peers, blocks } of DIRECTIONS.map((direction) => DIRECTION_WORDS[direction])) {
      sets[`set ${isolated}${family}`] = `type ${address};`;
      sets[`map ${peers}${family}`] = `type ${address} : verdict;`;
      sets[`map ${blocks}${family}`] = `type ${address} : verdict;`;
    }
  }
  return sets;
}

/** Returns the declaration of the set of a class, or of blocks. */
export function classSet(family: Family): string {
  return `type ${family === 4 ? 'ipv4_addr' : 'ipv6_addr'} . inet_proto . inet_service; flags interval;`;
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
 * Returns the chains that always exist. A packet that no rule accepts is dropped at the end of the isolated pod's chain: an
 * empty chain or a missing element denies.
 * Shape: `nodeCidrs` are valid.
 */
export function fixedChains(nodeCidrs: readonly string[]): Readonly<Record<string, PolicyChain>> {
  const chains: Record<string, PolicyChain> = {};
  for (const direction of DIRECTIONS) {
    const { peers, blocks } = DIRECTION_WORDS[direction];
    const isIn = direction === 'ingress';
    const [own, other] = isIn ? ['daddr', 'saddr'] : ['saddr', 'daddr'];
    for (const [family, ip] of FAMILIES) {
      chains[`${direction}${family}`] = {
        hook: '',
        rules: {
          peers: `${ip} ${other} vmap @${peers}${family}`,
          blocks: `${ip} ${own} vmap @${blocks}${family}`,
          denied: `goto ${DENIED_COUNTERS[direction]}`,
        },
      };
    }
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
        `${ip} ${own} @${DIRECTION_WORDS[direction].isolated}${family} goto ${direction}${family}`,
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
 * A class, or blocks, as their chain and set are named.
 * Shape: the set is asked for the packet's `matches`, protocol and port; `next`: the rule goes to this chain; without, it accepts.
 */
export type ClassNames = {
  readonly set: string;
  readonly family: Family;
  readonly matches: 'source' | 'destination';
  readonly next: string | undefined;
};

/** Returns the names behind a chain such as `from4_1f0c2d3e4b5a` or `blocks_in4_1f0c2d3e4b5a`; undefined for other names. */
export function classOfChain(chain: string): ClassNames | undefined {
  const [, word, digit, name] = /^(from|to|blocks_in|blocks_eg)([46])_([0-9a-f]+)$/.exec(chain) ?? [];
  for (const direction of DIRECTIONS) {
    const words = DIRECTION_WORDS[direction];
    const isOfBlocks = word === words.blocks;
    if (!isOfBlocks && word !== words.peers) continue;
    const family = digit === '4' ? 4 : 6;
    const isIngress = direction === 'ingress';
    return {
      set: `${isOfBlocks ? words.block : words.class}${family}_${name}`,
      family,
      // A class is asked for the isolated pod, blocks for its peer.
      matches: isIngress === isOfBlocks ? 'source' : 'destination',
      next: isIngress ? undefined : 'ingress',
    };
  }
  return undefined;
}

/** Returns the rule of a class. */
export function classRule({ set, family, matches, next }: ClassNames): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const address = matches === 'source' ? 'saddr' : 'daddr';
  return `${ip} ${address} . meta l4proto . th dport @${set} ${next === undefined ? 'accept' : `goto ${next}`}`;
}
