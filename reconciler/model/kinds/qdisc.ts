/** Queueing disciplines that limit an interface's transmission. Pure. */
import { HOST, type Kind, type NetnsPath, type RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';

/** The major number of our qdiscs' handle, and the preference of our filters: the mark of vnet. */
export const TC_MARK = 0x7600;

/**
 * A token bucket filter at the root of an interface.
 * Shape: `handle` is the major number. `burstNs` is the time that the bucket takes to fill at the rate, as the kernel
 * keeps it: a multiple of 64.
 * Source: tc-tbf(8).
 */
export type QdiscObject = {
  readonly kind: 'qdisc';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly handle: number;
  readonly rateBits: number;
  readonly burstNs: number;
  readonly limitBytes: number;
  readonly rest?: RestAttributes;
};

/** Token bucket filters. Qdiscs of other types are in no State. */
export const qdiscKind: Kind<QdiscObject> = {
  fields: { handle: 'handle', rateBits: 'rate', burstNs: 'burst', limitBytes: 'limit', rest: 'attributes' },
  policy: 'links',
  staysOnLink: true,
  isEntry: true,
  isAnonymous: true,
  distance: 3,
  key: ({ dev }) => `qdisc root dev ${dev}`,
  rank: () => 90,
  show: (field, value) => {
    if (field === 'handle') return `${Number(value).toString(16)}:`;
    if (field === 'rateBits') return showRate(Number(value));
    return field === 'burstNs' ? `${Number(value) / 1e6} ms` : undefined;
  },
  describe: ({ dev, rateBits }) => [`limit on ${dev}`, showRate(rateBits)],
  isOurs: ({ netns, handle }) => netns === HOST && handle === TC_MARK,
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
};

/** Returns the rate as tc(8) writes it: `100Mbit`. */
export function showRate(bits: number): string {
  const power = bits >= 1e9 ? 3 : bits >= 1e6 ? 2 : bits >= 1e3 ? 1 : 0;
  return `${bits / 1000 ** power}${['', 'K', 'M', 'G'][power]}bit`;
}
