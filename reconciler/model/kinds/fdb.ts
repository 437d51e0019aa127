/** Static entries of a bridge's forwarding database. Pure. */
import { normaliseMac } from '../addresses/address.ts';
import type { Kind, NetnsPath, RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';

/** A static entry of a bridge's forwarding database: frames to `mac` leave by port `dev`. Source: bridge(8). */
export type FdbObject = {
  readonly kind: 'fdb';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly mac: string;
  readonly rest?: RestAttributes;
};

/** Forwarding entries. A move to another port is announced only for the new port. */
export const fdbKind: Kind<FdbObject> = {
  fields: { rest: 'attributes' },
  carried: ['rest'],
  policy: 'fdb',
  staysOnLink: true,
  serves: true,
  isEntry: true,
  isAnonymous: true,
  distance: 4,
  key: keyOfFdb,
  rank: () => 60,
  normalise: (object) => {
    const mac = normaliseMac(object.mac);
    return mac === object.mac ? object : { ...object, mac };
  },
  describe: ({ dev, mac }) => [`fdb on ${dev}`, mac],
  isOurs: (object, { veths, listed }) => veths.has(object.dev) || listed.has(keyOfFdb(object)),
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  goesWith: (_object, event) => event === 'gone' || event === 'left',
  exclusive: ({ mac }) => mac,
};

function keyOfFdb({ mac, dev }: FdbObject): string {
  return `fdb ${mac} dev ${dev}`;
}
