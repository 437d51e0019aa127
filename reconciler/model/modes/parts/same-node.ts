/** The parts of `sameNode: fabric` that CNI calls need. Pure. */
import type { SysctlPlace } from '../../kinds/sysctl.ts';
import { NFT_TABLE } from '../../names.ts';
import { HOST, type NftElementObject } from '../../state.ts';

/** The MAC of everything on Azure's network. Source: azure-vnet's virtual MAC. */
export const FABRIC_MAC = '12:34:56:78:9a:bc';

/** Returns the sysctl that filters packets by the route back to their source. */
export function reversePathFilter({ name }: { readonly name: string }): SysctlPlace {
  return { netns: HOST, name: `net/ipv4/conf/${name}/rp_filter` };
}

/** The filter of interfaces without a setting of their own. */
export const USUAL_FILTER: SysctlPlace = reversePathFilter({ name: 'default' });

/** Returns the elements of a pod's addresses in the sets of that name. */
export function sameNodeElements(set: string, addresses: readonly string[]): readonly NftElementObject[] {
  return addresses.map((key) => ({
    kind: 'nft-element',
    netns: HOST,
    table: NFT_TABLE,
    set: key.includes(':') ? `${set}6` : set,
    key,
  }));
}
