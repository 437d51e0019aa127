/** Our nftables tables, composed of the networks' fragments. Pure. */
import type { NftDataType, NftSet, NftSets } from './kinds/nft-element.ts';
import { NFT_TABLE } from './names.ts';
import { sha1Hex } from './sha1.ts';
import { HOST, type NftTableObject } from './state.ts';

/** A chain. Shape: `hook` is '' for a chain that is only a jump target; `rules` in nft syntax, by purpose. */
export type NftChain = { readonly hook: string; readonly rules: Readonly<Record<string, string>> };

/**
 * One network's contribution to the table of its family.
 * Shape: equal contributions of several networks appear once: a set or chain of one name, a rule of one name
 * in a chain.
 */
export type NftFragment = {
  readonly family: NftTableObject['family'];
  readonly sets: NftSets;
  readonly chains: Readonly<Record<string, NftChain>>;
};

/**
 * Returns the nftables table of the fragments, which are all of one family.
 * Shape: the script can be run on an existing table: it replaces all rules in one transaction and keeps the
 * elements, so that no packet sees a table without them.
 * Source: nft(8).
 */
export function deriveNftTable(
  family: NftTableObject['family'],
  fragments: readonly NftFragment[],
): NftTableObject {
  const table = `${family} ${NFT_TABLE}`;
  const names = new Set(fragments.flatMap(({ chains }) => Object.keys(chains)));
  const chains = Array.from(names, (name) => {
    const parts = fragments.flatMap((fragment) => fragment.chains[name] ?? []);
    const texts: Record<string, string> = Object.assign({}, ...parts.map(({ rules }) => rules));
    const rules = Object.entries(texts).map(([id, text]) => ({
      text,
      mark: `${id}:${sha1Hex(text).slice(0, 8)}`,
    }));
    return { name, hook: parts[0]?.hook ?? '', rules };
  });
  const sets: NftSets = Object.assign({}, ...fragments.map((fragment) => fragment.sets));
  const script = [
    `table ${table} {`,
    ...Object.entries(sets).map(([name, set]) => `  ${declare(name, set)}`),
    ...chains.map(({ name, hook }) => `  chain ${name} { ${hook}${hook && ' '}}`),
    '}',
    `flush table ${table}`,
    ...chains.flatMap(({ name, rules }) =>
      rules.map(({ text, mark }) => `add rule ${table} ${name} ${text} comment "vnet:${mark}"`),
    ),
    '',
  ].join('\n');
  return {
    kind: 'nft-table',
    netns: HOST,
    family,
    name: NFT_TABLE,
    rules: chains.flatMap(({ name, rules }) => rules.map(({ mark }) => `${name} ${mark}`)),
    script,
  };
}

/** The expression that a rule loads for the type. Raw, since older versions of nft have no name for the target of neighbour discovery. */
const EXPRESSIONS: Readonly<Record<NftDataType, string>> = {
  ipv4_addr: 'ip daddr',
  ipv6_addr: '@nh,192,128',
  ether_addr: 'ether daddr',
  ifname: 'meta iifname',
};

function declare(name: string, { key, value, options }: NftSet): string {
  const isRaw = key.includes('ipv6_addr');
  const word = (type: NftDataType): string => (isRaw ? EXPRESSIONS[type] : type);
  const types = [key.map(word).join(' . '), ...(value === undefined ? [] : [word(value)])].join(' : ');
  const kind = value === undefined ? 'set' : 'map';
  return `${kind} ${name} { ${isRaw ? 'typeof' : 'type'} ${types};${options === undefined ? '' : ` ${options}`} }`;
}
