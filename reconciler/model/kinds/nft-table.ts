/** Our nftables table. Pure. */
import type { FieldDifference, Kind, NetnsPath } from './kind.ts';
import type { NftFamily } from './nft-element.ts';

/**
 * Our nftables table with its sets, chains and rules, created and read as a whole.
 * Shape: `sets` has the elements of the table of network policies, all changed in one transaction: keys by set, each with its
 * chain in a map, '' in a set. `rules` are `<chain> <id>` in order, by chain after normalising; the id ends in a digest of the rule's text and is its comment
 * in the kernel; `script` is the input of `nft -f -` that creates the table (desired only). Elements are
 * separate objects.
 */
export type NftTableObject = {
  readonly kind: 'nft-table';
  readonly netns: NetnsPath;
  readonly family: NftFamily;
  readonly name: string;
  readonly rules: readonly string[];
  readonly script?: string;
  readonly sets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The table, compared rule by rule. */
export const nftTableKind: Kind<NftTableObject> = {
  fields: { rules: 'rule', sets: 'element' },
  policy: 'rules',
  carries: true,
  serves: true,
  key: ({ family, name }) => `nft-table ${family} ${name}`,
  rank: () => 0,
  describe: ({ family, name }) => [`nft table ${family} ${name}`, 'present'],
  isOurs: () => true,
  normalise: (table) => ({ ...table, rules: inChainOrder(table.rules) }),
  differences,
};

/**
 * Returns the rules sorted by chain, those of one chain in their order: the kernel lists chains by their age, so that a chain added to
 * an existing table is last.
 */
export function inChainOrder(rules: readonly string[]): readonly string[] {
  return rules.toSorted((left, right) => {
    const [one, other] = [chainOf(left), chainOf(right)];
    if (one === other) return 0;
    return one < other ? -1 : 1;
  });
}

function chainOf(rule: string): string {
  return rule.slice(0, rule.indexOf(' '));
}

/** One line for each missing or extra rule. */
function differences(
  want: NftTableObject | undefined,
  have: NftTableObject | undefined,
): readonly FieldDifference[] {
  if (want === undefined || have === undefined) {
    return [{ field: 'rules', want: count(want), have: count(have) }];
  }
  const missing = want.rules.filter((rule) => !have.rules.includes(rule));
  const extra = have.rules.filter((rule) => !want.rules.includes(rule));
  const lines = [
    ...missing.map((rule) => ({ field: 'rule', want: rule, have: 'absent' })),
    ...extra.map((rule) => ({ field: 'rule', want: 'absent', have: rule })),
  ];
  for (const set of new Set([...Object.keys(want.sets ?? {}), ...Object.keys(have.sets ?? {})])) {
    const [wanted = {}, held = {}] = [want.sets?.[set], have.sets?.[set]];
    if (wanted === held) continue;
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(held)])) {
      const [one, other] = [wanted[key], held[key]].map((chain) =>
        chain === undefined ? 'absent' : chain || 'present',
      );
      if (one !== other) lines.push({ field: `${set} ${key}`, want: one ?? '', have: other ?? '' });
    }
  }
  if (lines.length > 0) return lines;
  return [{ field: 'order', want: want.rules.join(', '), have: have.rules.join(', ') }];
}

function count(table: NftTableObject | undefined): string {
  return table === undefined ? 'absent' : String(table.rules.length);
}
