/** Filters that redirect an interface's incoming packets to another one. Pure. */
import type { Kind, NetnsPath, RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';

/**
 * A filter on everything that `dev` receives, which goes to `redirect` instead.
 * Shape: `redirect` is '' for a filter of ours that was changed. Its ingress qdisc comes and goes with it.
 * Source: tc-u32(8), tc-mirred(8).
 */
export type FilterObject = {
  readonly kind: 'filter';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly redirect: string;
  readonly rest?: RestAttributes;
};

/** Redirections with our preference. One without its target, which drops everything, is in no State: it is made again. */
export const filterKind: Kind<FilterObject> = {
  fields: { redirect: 'redirect', rest: 'attributes' },
  policy: 'links',
  staysOnLink: true,
  isEntry: true,
  isAnonymous: true,
  distance: 3,
  key: ({ dev }) => `filter ingress dev ${dev}`,
  rank: () => 95,
  describe: ({ dev, redirect }) => [`redirect of ${dev}`, redirect],
  isOurs: () => true,
  needs: ({ netns, dev, redirect }) => [
    linkKeyOf(dev, netns),
    linkKeyOf(redirect, netns),
    `qdisc root dev ${redirect}`,
  ],
};
