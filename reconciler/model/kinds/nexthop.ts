/** Nexthop objects (ip nexthop), referenced by routes. Pure. */
import { normaliseAddress } from '../addresses/address.ts';
import { VNET_PROTOCOL } from '../names.ts';
import { HOST, type Kind, type NetnsPath, type RestAttributes } from './kind.ts';
import { linkKeyOf } from './link.ts';
import { showProtocol } from './words/protocol.ts';

/**
 * A nexthop object.
 * Shape: `dev` is empty for a group and a blackhole. `group` are its members, `<id>` or `<id>,<weight>`, in
 * order. `family` is 0 for a group. Replacing it in place affects all routes that use it.
 * Source: ip-nexthop(8), linux/nexthop.h.
 */
export type NexthopObject = {
  readonly kind: 'nexthop';
  readonly netns: NetnsPath;
  readonly id: number;
  readonly dev: string;
  readonly family: 0 | 4 | 6;
  readonly via?: string;
  readonly group?: readonly string[];
  readonly protocol?: number;
  readonly scope?: number;
  readonly onLink?: boolean;
  readonly rest?: RestAttributes;
};

/** Nexthop objects. */
export const nexthopKind: Kind<NexthopObject> = {
  fields: {
    dev: 'dev',
    via: 'via',
    group: 'group',
    protocol: 'protocol',
    onLink: 'onlink',
    rest: 'attributes',
  },
  carried: ['rest'],
  policy: 'routes',
  key: ({ id }) => `nexthop ${id}`,
  // After the routes to gateways, before the routes that use it; groups after their members.
  rank: ({ group }) => (group === undefined ? 41 : 42),
  normalise: (object) => {
    const via = object.via === undefined ? undefined : normaliseAddress(object.via);
    return via === undefined || via === object.via ? object : { ...object, via };
  },
  show: showProtocol,
  describe: ({ id, via, dev, group }) => [
    `nexthop ${id}`,
    group === undefined ? [via && `via ${via}`, `dev ${dev}`].filter(Boolean).join(' ') : group.join('/'),
  ],
  isOurs: ({ protocol }) => protocol === VNET_PROTOCOL,
  needs: ({ netns, dev, group = [] }, desired) =>
    dev === ''
      ? group.map((member) => `nexthop ${member.split(',')[0]}`)
      : [linkKeyOf(dev, netns), ...desired.onLink('address', netns, dev)],
  isMoved: ({ netns }) => netns === HOST,
  disruptionOfChange: ({ want, have, fields }) =>
    want.dev === have.dev && (fields.includes('via') || fields.includes('group')) ? 'flow-reset' : 'hitless',
  disruptionOfDeletion: () => 'flow-reset',
  goesWith: (_object, event) => event === 'gone' || event === 'down',
};
