/** Network interfaces. They carry the other objects. Pure. */
import { normaliseMac } from '../addresses/address.ts';
import { isMark } from '../names.ts';
import {
  type DesiredKeys,
  type Disruption,
  HOST,
  type Kind,
  type KernelObject,
  type NetnsPath,
  type ObjectKey,
  type ObjectsByKey,
  type RestAttributes,
} from './kind.ts';

/**
 * A network interface.
 * Shape: `type` is `bridge`, `veth` or `ifb` for links of vnet, `device` for all others (the uplink). Fields absent
 * from a desired link are not managed. `master` is `''` for "in no bridge". `peer` is the other end of a
 * veth. `port` are the flags of a bridge port. `mtuBytes` and `mac` of a link in a pod are set at creation only: chained
 * plugins may change them afterwards.
 * `lower` is the link of the same namespace that a VLAN, macvlan, ipvlan … is made on, with the kind of it.
 * Source: ip-link(8); IFLA_* of include/uapi/linux/if_link.h.
 */
export type LinkObject = {
  readonly kind: 'link';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly type: 'bridge' | 'veth' | 'ifb' | 'device';
  readonly up?: boolean;
  readonly mac?: string;
  readonly mtuBytes?: number;
  readonly multicast?: boolean;
  readonly master?: string;
  readonly alias?: string;
  readonly peer?: { readonly netns: NetnsPath; readonly name: string };
  readonly port?: { readonly hairpin: boolean };
  readonly rest?: RestAttributes;
  readonly lower?: { readonly kind: string; readonly dev: string };
};

/** Bridges before their ports. The uplink joins before its addresses move: enslaving it does not interrupt it. */
const RANK = { bridge: 10, device: 11, veth: 12, ifb: 13 } as const;

/** Interfaces. */
export const linkKind: Kind<LinkObject> = {
  fields: {
    type: 'type',
    up: 'state',
    mac: 'lladdr',
    mtuBytes: 'mtu',
    multicast: 'multicast',
    master: 'master',
    alias: 'alias',
    peer: 'peer',
    port: 'port',
  },
  fieldsInPod: ['up'],
  volatile: ['rest', 'lower'],
  untold: ['peer'],
  policy: 'links',
  inPods: true,
  carries: true,
  isAnonymous: true,
  key,
  rank: ({ type }) => RANK[type],
  normalise: (link) => {
    const mac = link.mac === undefined ? undefined : normaliseMac(link.mac);
    return mac === undefined || mac === link.mac ? link : { ...link, mac };
  },
  show: (field, value) => (field === 'up' ? (value === true ? 'up' : 'down') : undefined),
  // A link not created by vnet may be a NIC, a VLAN, or a veth in a lab.
  ignored: ({ type }) => (type === 'device' ? ['type'] : []),
  describe: ({ name }) => [name, 'present'],
  isOurs: ({ alias }) => isMark(alias),
  needs,
  needsToGo: ({ type }, desired) => (type === 'bridge' ? desired.moved() : []),
  isMoved: isNic,
  disruptionOfChange: ({ want, fields }) =>
    (fields.includes('mac') && want.type === 'bridge') || (fields.includes('mtuBytes') && isNic(want))
      ? 'flow-reset'
      : 'hitless',
  disruptionOfDeletion,
};

/** Drivers restart a NIC to change its MTU. */
function isNic({ netns, type }: LinkObject): boolean {
  return netns === HOST && type === 'device';
}

/** Returns the identity of the link with this name, of any type. Law: keyOf() of that link. */
export function linkKeyOf(name: string, netns: NetnsPath = HOST): ObjectKey {
  return netns === HOST ? `link ${name}` : `link ${name} netns ${netns}`;
}

/** Returns true for an interface. */
function isLink(object: KernelObject): object is LinkObject {
  return object.kind === 'link';
}

function key({ name }: LinkObject): string {
  return `link ${name}`;
}

function needs(want: LinkObject, desired: DesiredKeys): readonly ObjectKey[] {
  const { netns, name, type, master = '' } = want;
  if (netns !== HOST) {
    const peer = desired.peerOf(netns, name);
    return peer === undefined ? [] : [peer];
  }
  if (type === 'device' && want.master === '') {
    return [...desired.onLink('address', HOST, name), ...desired.onLink('route', HOST, name)];
  }
  return [
    ...(master === '' ? [] : [linkKeyOf(master)]),
    ...(type === 'device' ? desired.ofKind('nft-table') : []),
  ];
}

function disruptionOfDeletion(
  { netns, name, type }: LinkObject,
  desired: ObjectsByKey,
  observed: ObjectsByKey,
): Disruption {
  // Its pod has no network while the pair is broken, so recreation loses nothing more.
  if (desired.has(linkKeyOf(name, netns))) return 'hitless';
  // The veth of an endpoint that is leaving.
  if (type !== 'bridge') return 'hitless';
  // The bridge is deleted after its uplink has left.
  const isReleased = [...desired.values()].some(
    (object) => isLink(object) && object.type === 'device' && object.master === '',
  );
  if (isReleased) return 'hitless';
  let worst: Disruption = 'hitless';
  for (const object of observed.values()) {
    if (!isLink(object) || object.netns !== HOST || object.master !== name) continue;
    // A port of another program, such as a NIC, may be the node's own way out.
    if (!isMark(object.alias)) return 'node-outage';
    worst = 'pod-outage';
  }
  return worst;
}
