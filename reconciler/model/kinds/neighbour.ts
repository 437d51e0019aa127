/** Permanent neighbour entries (ARP, ND). Pure. */
import { familyOf, normaliseAddress, normaliseMac } from '../addresses/address.ts';
import { VNET_PROTOCOL } from '../names.ts';
import type { Kind, NetnsPath, RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';
import { showProtocol } from './protocol.ts';

/** A permanent neighbour (ARP or ND) entry. `protocol` carries our mark. Source: ip-neighbour(8), NDA_PROTOCOL. */
export type NeighbourObject = {
  readonly kind: 'neighbour';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly address: string;
  readonly mac: string;
  readonly protocol?: number;
  readonly rest?: RestAttributes;
};

/** Neighbours. */
export const neighbourKind: Kind<NeighbourObject> = {
  fields: { mac: 'lladdr', protocol: 'protocol', rest: 'attributes' },
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
  key: ({ address, dev }) => `neighbour ${address} dev ${dev}`,
  rank: () => 50,
  normalise: (object) => {
    const [address, mac] = [normaliseAddress(object.address), normaliseMac(object.mac)];
    return address === object.address && mac === object.mac ? object : { ...object, address, mac };
  },
  show: showProtocol,
  describe: ({ address, dev, mac }) => [`neighbour ${address} on ${dev}`, mac],
  isOurs: ({ protocol }) => protocol === VNET_PROTOCOL,
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  goesWith: ({ address }, event) =>
    typeof event === 'number' ? familyOf(address) === event : event !== 'left',
};
