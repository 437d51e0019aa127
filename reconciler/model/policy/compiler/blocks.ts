/** Address blocks with ports, cut into disjoint ones: interval sets of nft refuse overlaps. Pure. */
import {
  type Address,
  type AddressRange,
  type Family,
  formatAddress,
  isInRange,
  parsePrefix,
  predecessor,
  successor,
} from '../../addresses/address.ts';
import { compare, mergeRanges, subtractAddresses } from '../../addresses/address-list.ts';
import { portKeys, type PortSet, unionOfPorts } from './port-set.ts';

/** Addresses with the ports allowed there. */
export type PortBlock = { readonly range: AddressRange; readonly ports: PortSet };

/** All addresses of a family. */
export const ALL_ADDRESSES: Readonly<Record<Family, AddressRange>> = {
  4: { first: 0, last: 0xff_ff_ff_ff },
  6: { first: 0n, last: (1n << 128n) - 1n },
};

/** Returns the addresses of a block of NetworkPolicy: its prefix without the exceptions; none if it is malformed. */
export function rangesOfBlock(cidr: string, except: readonly string[] = []): readonly AddressRange[] {
  const whole = parsePrefix(cidr);
  if (whole === undefined) return [];
  const without = except.flatMap((text) => parsePrefix(text) ?? []);
  const same = without.filter(({ first }) => typeof first === typeof whole.first);
  return subtractAddresses([whole], mergeRanges(same));
}

/**
 * Returns the blocks, all of one family, as disjoint ones in order; adjacent ones differ in their ports.
 * Law: an address has the union of the ports of the blocks that contain it.
 */
export function disjointBlocks(blocks: readonly PortBlock[]): readonly PortBlock[] {
  const [only] = blocks;
  if (only !== undefined && blocks.length === 1) return blocks;
  const starts = new Map<Address, Address>();
  for (const { range } of blocks) {
    starts.set(range.first, range.first);
    const after = successor(range.last);
    starts.set(after, after);
  }
  const borders = [...starts.keys()].toSorted(compare);
  const cut: { range: { first: Address; last: Address }; ports: PortSet; text: string }[] = [];
  for (const [index, first] of borders.entries()) {
    const end = borders[index + 1];
    const here = blocks.filter(({ range }) => isInRange(first, range));
    if (end === undefined || here.length === 0) continue;
    const ports = unionOfPorts(here.map((block) => block.ports));
    const text = portKeys(ports).join();
    const previous = cut.at(-1);
    const isSame = previous !== undefined && successor(previous.range.last) === first;
    if (isSame && previous.text === text) previous.range.last = predecessor(end);
    else cut.push({ range: { first, last: predecessor(end) }, ports, text });
  }
  return cut;
}

/** Returns the addresses as an interval of nft: `10.0.0.0-10.0.0.255`, one address alone. */
export function blockText({ first, last }: AddressRange): string {
  return first === last ? formatAddress(first) : `${formatAddress(first)}-${formatAddress(last)}`;
}
