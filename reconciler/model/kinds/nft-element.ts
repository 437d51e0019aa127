/** Elements of the sets and maps of our nftables table. Pure. */
import type { Kind, NetnsPath } from './kind.ts';

/** An element of a set or map of our table. Shape: set `pods`, key `10.240.0.36`, value `aa:…` (maps only). */
export type NftElementObject = {
  readonly kind: 'nft-element';
  readonly netns: NetnsPath;
  readonly table: string;
  readonly set: string;
  readonly key: string;
  readonly value?: string;
};

/** The families of our tables. Source: nft(8), ADDRESS FAMILIES. */
export type NftFamily = 'bridge' | 'inet';

/** The data types in our sets, as named by nft(8). */
export type NftDataType = 'ipv4_addr' | 'ipv6_addr' | 'ether_addr' | 'ifname';

/**
 * A set or map of our table of the family; absent: bridge. Names are unique across families.
 * Shape: several parts of `key` are a concatenation; `value` is the type of a map's values; `options` are
 * further words of nft(8).
 */
export type NftSet = {
  readonly family?: 'inet';
  readonly key: readonly NftDataType[];
  readonly value?: NftDataType;
  readonly options?: string;
};

/** Sets by name. */
export type NftSets = Readonly<Record<string, NftSet>>;

/** Elements. */
export const nftElementKind: Kind<NftElementObject> = {
  fields: { value: 'value' },
  policy: 'rules',
  serves: true,
  isEntry: true,
  container: 'nft-table',
  key: ({ set, key }) => `nft-element ${set} ${key}`,
  // A port is filtered only while its addresses are present: created after them, deleted before them.
  // The frames of a policed pod take their way round the bridge as long as its interface exists.
  rank: ({ set }) => (/^(policed|lifted)/.test(set) ? 5 : set.endsWith('ports') ? 75 : 70),
  describe: ({ set, key, value }) => [`nft ${set}`, value === undefined ? key : `${key} : ${value}`],
  isOurs: () => true,
  needs: (_want, desired) => desired.ofKind('nft-table'),
  // The MACs that pods set themselves: the rules follow them.
  isLearned: ({ set }) => /^o\w+_macs$/.test(set),
};
