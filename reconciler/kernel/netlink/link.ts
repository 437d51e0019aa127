/** Links in rtnetlink: interfaces, bridges, veth pairs and bridge port flags. Pure. Source: linux/if_link.h. */
import type { LinkObject, NetnsPath } from '../../model/state.ts';
import { BodyReader, BodyWriter } from './attribute.ts';
import { AF_BRIDGE, AF_UNSPEC, macBytes, macText } from './bytes.ts';
import { NLM_F } from './message.ts';
import type { NetlinkAnswer, NetlinkRequest } from './message.ts';

/** The message that a link is there: the request that makes or changes one. */
export const RTM_NEWLINK = 16;
/** The message that a link is gone: the request that removes one. */
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  LINKINFO: 18,
  IFALIAS: 20,
  GROUP: 27,
  AF_SPEC: 26,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  NUM_TX_QUEUES: 31,
  NUM_RX_QUEUES: 32,
  LINK_NETNSID: 37,
} as const;
const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const VETH_INFO_PEER = 1;
const AF_INET = 2;
const IFLA_INET_CONF = 1;
const AF_INET6 = 10;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
/** Source: linux/ip.h, IPV4_DEVCONF_ARP_NOTIFY. */
const DEVCONF_ARP_NOTIFY = 22;
const BR = { FORWARD_DELAY: 1, STP_STATE: 5, MCAST_SNOOPING: 23 } as const;
const BRPORT_MODE = 4;
const IFF_UP = 0x1;
const IFF_MULTICAST = 0x1000;
const RTEXT_FILTER_SKIP_STATS = 8;
const HEADER_BYTES = 16;

/**
 * What the kernel says of a link.
 * Shape: `kind` is `''` for hardware; `masterIndex` and `peerIndex` are 0 for none; `isPeerElsewhere`: the peer's
 * number counts in another namespace.
 */
export type LinkFact = {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly up: boolean;
  readonly multicast: boolean;
  readonly mac: string | undefined;
  readonly mtuBytes: number;
  readonly masterIndex: number;
  readonly group: number;
  readonly peerIndex: number;
  readonly isPeerElsewhere: boolean;
  readonly alias: string | undefined;
  readonly hairpin: boolean | undefined;
};

/** The far end of a veth pair. Shape: `netnsFd` is an open namespace. */
export type PeerSpec = {
  readonly name: string;
  readonly netnsFd: number | undefined;
  readonly mac?: string | undefined;
  readonly mtuBytes?: number | undefined;
};

/**
 * What to make or change. A field that is absent is left alone; `index` or `name` says which link.
 * Shape: `arpNotify` is the sysctl arp_notify: the link announces its addresses when its MAC changes or it comes up.
 * `addrGenMode` none: the kernel gives the link no IPv6 address of its own accord.
 */
export type LinkSpec = {
  readonly index?: number;
  readonly name?: string;
  readonly up?: boolean | undefined;
  readonly multicast?: boolean | undefined;
  readonly mac?: string | undefined;
  readonly mtuBytes?: number | undefined;
  readonly masterIndex?: number | undefined;
  readonly group?: number | undefined;
  readonly alias?: string | undefined;
  readonly hairpin?: boolean | undefined;
  readonly arpNotify?: boolean | undefined;
  readonly addrGenMode?: 'none';
  readonly kind?: 'bridge' | 'veth';
  readonly peer?: PeerSpec;
};

/** Returns the request that makes a link: `ip link add`. */
export function createLink(spec: LinkSpec): NetlinkRequest {
  return { type: RTM_NEWLINK, flags: NLM_F.CREATE | NLM_F.EXCL, body: encodeLink(spec) };
}

/** Returns the request that changes an existing link: `ip link set`. */
export function changeLink(spec: LinkSpec): NetlinkRequest {
  return { type: RTM_NEWLINK, flags: 0, body: encodeLink(spec) };
}

/** Returns the request that removes a link: `ip link del`. */
export function deleteLink(index: number): NetlinkRequest {
  return { type: RTM_DELLINK, flags: 0, body: encodeLink({ index }) };
}

/** Returns the request that removes all links of a group: `ip link del group`. */
export function deleteGroup(group: number): NetlinkRequest {
  return { type: RTM_DELLINK, flags: 0, body: encodeLink({ group }) };
}

/** Returns the request for one link by name, without its counters. */
export function getLink(name: string): NetlinkRequest {
  const body = putHeader(new BodyWriter(), {})
    .u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    .text(IFLA.IFNAME, name);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the request for one link by number, without its counters. */
export function getLinkByIndex(index: number): NetlinkRequest {
  const body = putHeader(new BodyWriter(), { index }).u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the request for all links, without their counters. */
export function dumpLinks(): NetlinkRequest {
  const body = putHeader(new BodyWriter(), {}).u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the body of a request about a link. Law: parseLink gives back what it and LinkFact both have. */
export function encodeLink(spec: LinkSpec): Uint8Array {
  const body = putHeader(new BodyWriter(), spec);
  if (spec.name !== undefined) body.text(IFLA.IFNAME, spec.name);
  putCommon(body, spec);
  if (spec.masterIndex !== undefined) body.u32(IFLA.MASTER, spec.masterIndex);
  if (spec.group !== undefined) body.u32(IFLA.GROUP, spec.group);
  if (spec.alias === '') body.bytes(IFLA.IFALIAS, new Uint8Array());
  else if (spec.alias !== undefined) body.text(IFLA.IFALIAS, spec.alias);
  if (spec.kind === 'veth') putSingleQueue(body);
  if (spec.kind !== undefined) body.nest(IFLA.LINKINFO, () => putKind(body, spec));
  if (spec.hairpin !== undefined) body.nest(IFLA.LINKINFO, () => putPort(body, spec.hairpin === true));
  if (spec.arpNotify !== undefined)
    body.nest(IFLA.AF_SPEC, () => putArpNotify(body, spec.arpNotify === true));
  if (spec.addrGenMode !== undefined) body.nest(IFLA.AF_SPEC, () => putNoAddress(body));
  return body.finish();
}

/** struct ifinfomsg: the flags to set, and in `change` which flags are meant. */
function putHeader(body: BodyWriter, { index, up, multicast }: LinkSpec): BodyWriter {
  const flags = (up === true ? IFF_UP : 0) | (multicast === true ? IFF_MULTICAST : 0);
  const change = (up === undefined ? 0 : IFF_UP) | (multicast === undefined ? 0 : IFF_MULTICAST);
  return body
    .put8(AF_UNSPEC)
    .put8(0)
    .put16(0)
    .put32(index ?? 0)
    .put32(flags)
    .put32(change);
}

function putCommon(body: BodyWriter, { mac, mtuBytes }: LinkSpec | PeerSpec): void {
  if (mac !== undefined) body.bytes(IFLA.ADDRESS, macBytes(mac));
  if (mtuBytes !== undefined) body.u32(IFLA.MTU, mtuBytes);
}

/** With a count of its own the kernel would wait for a grace period when it sets one queue for each processor. */
function putSingleQueue(body: BodyWriter): void {
  body.u32(IFLA.NUM_TX_QUEUES, 1).u32(IFLA.NUM_RX_QUEUES, 1);
}

function putKind(body: BodyWriter, { kind, peer }: LinkSpec): void {
  body.text(INFO.KIND, kind ?? '');
  if (kind === 'bridge') {
    // Snooping looks at every port whenever one comes up, for groups that Azure's network does not carry.
    body.nest(
      INFO.DATA,
      () => void body.u32(BR.FORWARD_DELAY, 0).u32(BR.STP_STATE, 0).u8(BR.MCAST_SNOOPING, 0),
    );
  }
  if (kind === 'veth' && peer !== undefined) {
    body.nest(INFO.DATA, () => void body.nest(VETH_INFO_PEER, () => putPeer(body, peer)));
  }
}

function putPeer(body: BodyWriter, peer: PeerSpec): void {
  putHeader(body, {}).text(IFLA.IFNAME, peer.name);
  putCommon(body, peer);
  if (peer.netnsFd !== undefined) body.u32(IFLA.NET_NS_FD, peer.netnsFd);
  putSingleQueue(body);
}

function putPort(body: BodyWriter, hairpin: boolean): void {
  body.text(INFO.SLAVE_KIND, 'bridge');
  body.nest(INFO.SLAVE_DATA, () => void body.u8(BRPORT_MODE, hairpin ? 1 : 0));
}

/** A sysctl of the interface, without a detour through /proc/sys of another namespace. */
function putArpNotify(body: BodyWriter, arpNotify: boolean): void {
  body.nest(AF_INET, () => {
    body.nest(IFLA_INET_CONF, () => void body.u32(DEVCONF_ARP_NOTIFY, arpNotify ? 1 : 0));
  });
}

function putNoAddress(body: BodyWriter): void {
  body.nest(AF_INET6, () => void body.u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE));
}

/** Returns the number of the link that the message says is gone, undefined when it says something else. */
export function readDeletedLink({ type, body }: Pick<NetlinkAnswer, 'type' | 'body'>): number | undefined {
  const isOfBridge = body.at8(0) === AF_BRIDGE;
  return type === RTM_DELLINK && !isOfBridge ? body.at32(4) : undefined;
}

/** Returns the hairpin flag that a bridge's own message about a port tells, undefined when it tells none. */
export function parsePortHairpin(body: BodyReader): boolean | undefined {
  const mode = body.attribute(HEADER_BYTES, IFLA.PROTINFO)?.attribute(0, BRPORT_MODE);
  return mode === undefined ? undefined : mode.at8(0) !== 0;
}

/** Returns what the body of an RTM_NEWLINK says. */
export function parseLink(body: BodyReader): LinkFact {
  const get = body.table(HEADER_BYTES);
  const info = get(IFLA.LINKINFO);
  const flags = body.at32(8);
  return {
    index: body.at32(4),
    name: get(IFLA.IFNAME)?.toText() ?? '',
    kind: info?.attribute(0, INFO.KIND)?.toText() ?? '',
    up: (flags & IFF_UP) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    mac: macText(get(IFLA.ADDRESS)),
    mtuBytes: get(IFLA.MTU)?.at32(0) ?? 0,
    masterIndex: get(IFLA.MASTER)?.at32(0) ?? 0,
    group: get(IFLA.GROUP)?.at32(0) ?? 0,
    peerIndex: get(IFLA.LINK)?.at32(0) ?? 0,
    isPeerElsewhere: get(IFLA.LINK_NETNSID) !== undefined,
    alias: get(IFLA.IFALIAS)?.toText(),
    hairpin: parsePort(info),
  };
}

function parsePort(info: BodyReader | undefined): boolean | undefined {
  if (info?.attribute(0, INFO.SLAVE_KIND)?.toText() !== 'bridge') return undefined;
  const mode = info.attribute(0, INFO.SLAVE_DATA)?.attribute(0, BRPORT_MODE);
  return mode === undefined ? undefined : mode.at8(0) !== 0;
}

/** A link while it comes together: its peer is known only when the other end was read. */
export type MutableLink = { -readonly [Field in keyof LinkObject]: LinkObject[Field] };

/** Returns the link as an object, without its peer; `master` is the name of its bridge, `''` for none. */
export function linkObject(
  fact: LinkFact,
  place: { readonly netns: NetnsPath; readonly master: string },
): MutableLink {
  const link: MutableLink = {
    kind: 'link',
    netns: place.netns,
    name: fact.name,
    type: fact.kind === 'bridge' || fact.kind === 'veth' ? fact.kind : 'device',
    up: fact.up,
    mtuBytes: fact.mtuBytes,
    multicast: fact.multicast,
    master: place.master,
  };
  if (fact.mac !== undefined) link.mac = fact.mac;
  if (fact.alias !== undefined) link.alias = fact.alias;
  if (fact.hairpin !== undefined) link.port = { hairpin: fact.hairpin };
  return link;
}
