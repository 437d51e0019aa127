/** Permanent neighbour entries (ARP, ND). Pure. */
import { familyOf, normaliseAddress, normaliseMac } from '../addresses/address.ts';
import { VNET_PROTOCOL } from '../names.ts';
import { HOST, type Kind, type NetnsPath, type RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';
import { showProtocol } from './words/protocol.ts';

/**
 * A neighbour entry (ARP or ND) that another program set: permanent, without ARP, proxy (the node answers for it), or
 * stale: extern_learn or managed, which the kernel confirms.
 * Shape: `protocol` carries our mark; `mac` is empty for a proxy entry; `flags` are those of the header
 * except proxy.
 * Source: ip-neighbour(8), NDA_PROTOCOL, NTF_* of linux/neighbour.h.
 */
export type NeighbourObject = {
  readonly kind: 'neighbour';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly address: string;
  readonly mac: string;
  readonly protocol?: number;
  readonly proxy?: boolean;
  readonly state?: 'noarp' | 'stale';
  readonly flags?: number;
  readonly rest?: RestAttributes;
};

/** Neighbours. */
export const neighbourKind: Kind<NeighbourObject> = {
  fields: { mac: 'lladdr', protocol: 'protocol', state: 'nud', flags: 'flags', rest: 'attributes' },
  carried: ['rest'],
  fieldsInPod: ['mac'],
  policy: 'neighbours',
  serves: true,
  isEntry: true,
  distance: 5,
  list: {
    name: 'neighbours',
    headings: ['ADDRESS', 'LLADDR', 'DEV'],
    cells: ({ address, mac, dev }) => [address, mac, dev],
  },
  key: keyOfNeighbour,
  rank: () => 50,
  normalise: (object) => {
    const [address, mac] = [normaliseAddress(object.address), normaliseMac(object.mac)];
    return address === object.address && mac === object.mac ? object : { ...object, address, mac };
  },
  show: showProtocol,
  // The kernel resolves it again.
  ignored: ({ state }) => (state === 'stale' ? ['mac', 'state', 'flags', 'protocol', 'rest'] : []),
  describe: ({ address, dev, mac }) => [`neighbour ${address} on ${dev}`, mac],
  isOurs: (object, { listed }) => object.protocol === VNET_PROTOCOL || listed.has(keyOfNeighbour(object)),
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  needsToGo: ({ netns, protocol }, desired) =>
    netns === HOST && protocol !== VNET_PROTOCOL ? desired.moved() : [],
  isTaken: ({ protocol }) => protocol !== VNET_PROTOCOL,
  isMoved: ({ netns, protocol }) => netns === HOST && protocol !== VNET_PROTOCOL,
  goesWith: ({ address }, event) =>
    typeof event === 'number' ? familyOf(address) === event : event !== 'left',
};

function keyOfNeighbour({ address, proxy, dev }: NeighbourObject): string {
  return `neighbour ${proxy === true ? 'proxy ' : ''}${address} dev ${dev}`;
}
