/** Links in rtnetlink: interfaces, bridges, veth pairs and bridge port flags. Pure. Source: linux/if_link.h. */
import type { RestAttributes } from '../../model/kinds/kind.ts';
import { BodyReader, knownTypes } from './reader.ts';
import { BodyWriter } from './writer.ts';
import { AF_UNSPEC, isTokenBucket, macBytes, macText } from './bytes.ts';
import { IFLA_GROUP } from './link-group.ts';
import { type NetlinkRequest, NLM_F_CREATE, NLM_F_EXCL } from './message.ts';

/** Notification of a link; request to create or change one. */
export const RTM_NEWLINK = 16;
/** Notification of a link's removal; request to delete one. */
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_QDISC = 6;
const IFLA_MASTER = 10;
const IFLA_PROTINFO = 12;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_AF_SPEC = 26;
const IFLA_NET_NS_FD = 28;
const IFLA_EXT_MASK = 29;
const IFLA_NUM_TX_QUEUES = 31;
const IFLA_NUM_RX_QUEUES = 32;
const IFLA_LINK_NETNSID = 37;
const IFLA_PROP_LIST = 52;
/**
 * Attributes that are state, not configuration: QDISC, STATS, MAP, OPERSTATE, LINKMODE, VFINFO_LIST, STATS64,
 * PROMISCUITY, CARRIER, CARRIER_CHANGES, XDP, EVENT, CARRIER_UP_COUNT, CARRIER_DOWN_COUNT, ALLMULTI. AF_SPEC
 * too: its values are sysctls, separate objects.
 */
const VOLATILE = [6, 7, 14, 16, 17, 22, 23, 30, 33, 35, 43, 44, 47, 48, 61];
const KNOWN = knownTypes(
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_MTU,
  IFLA_LINK,
  IFLA_MASTER,
  IFLA_PROTINFO,
  IFLA_LINKINFO,
  IFLA_IFALIAS,
  IFLA_GROUP,
  IFLA_AF_SPEC,
  IFLA_NET_NS_FD,
  IFLA_EXT_MASK,
  IFLA_NUM_TX_QUEUES,
  IFLA_NUM_RX_QUEUES,
  IFLA_LINK_NETNSID,
  ...VOLATILE,
);
const INFO_KIND = 1;
const INFO_DATA = 2;
const INFO_SLAVE_KIND = 4;
const INFO_SLAVE_DATA = 5;
const INFO_XSTATS = 3;
const KNOWN_INFO = knownTypes(INFO_KIND, INFO_XSTATS, INFO_SLAVE_KIND, INFO_SLAVE_DATA);
const VETH_INFO_PEER = 1;
const AF_INET = 2;
const IFLA_INET_CONF = 1;
const AF_INET6 = 10;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
/** Source: linux/ip.h, IPV4_DEVCONF_ARP_NOTIFY. */
const DEVCONF_ARP_NOTIFY = 22;
const BR_FORWARD_DELAY = 1;
const BR_STP_STATE = 5;
const BR_MCAST_SNOOPING = 23;
const BRPORT_MODE = 4;
const IFF_UP = 0x1;
const IFF_MULTICAST = 0x1000;
const RTEXT_FILTER_SKIP_STATS = 8;
const HEADER_BYTES = 16;

/**
 * A link message.
 * Shape: `kind` is `''` for hardware; `masterIndex` and `peerIndex` are 0 for none; `isPeerElsewhere`: the
 * peer's index refers to another namespace. `rest` only for links that vnet does not create (there are a
 * thousand of the others) or that have alternative names. `hasTokenBucket`: a tbf is its root qdisc.
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
  readonly rest: RestAttributes | undefined;
  readonly hasTokenBucket: boolean;
};

/** The peer of a veth. Shape: `netnsFd` is an open namespace. */
export type PeerSpec = {
  readonly name: string;
  readonly netnsFd: number | undefined;
  readonly mac?: string | undefined;
  readonly mtuBytes?: number | undefined;
};

/**
 * A link to create or change, identified by `index` or `name`; absent fields are not changed.
 * Shape: `arpNotify` is the sysctl arp_notify: the link announces its addresses when its MAC changes or it
 * comes up. `addrGenMode` none: no automatic IPv6 address.
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
  readonly kind?: 'bridge' | 'veth' | 'ifb';
  readonly peer?: PeerSpec;
};

/** Returns the request that makes a link: `ip link add`. */
export function createLinkRequest(spec: LinkSpec): NetlinkRequest {
  return { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: encodeLink(spec) };
}

/** Returns the request that changes an existing link: `ip link set`. */
export function changeLink(spec: LinkSpec): NetlinkRequest {
  return { type: RTM_NEWLINK, flags: 0, body: encodeLink(spec) };
}

/** Returns the request that removes a link: `ip link del`. */
export function deleteLinkRequest(index: number): NetlinkRequest {
  return { type: RTM_DELLINK, flags: 0, body: encodeLink({ index }) };
}

/** Returns the request that removes all links of a group: `ip link del group`. */
export function deleteGroup(group: number): NetlinkRequest {
  return { type: RTM_DELLINK, flags: 0, body: encodeLink({ group }) };
}

/** Returns the request for one link by name, without counters. */
export function getLink(name: string): NetlinkRequest {
  const body = putHeader(new BodyWriter(), {})
    .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
    .text(IFLA_IFNAME, name);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the request for one link by index, without counters. */
export function getLinkByIndex(index: number): NetlinkRequest {
  const body = putHeader(new BodyWriter(), { index }).u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the request for all links, without counters. */
export function dumpLinks(): NetlinkRequest {
  const body = putHeader(new BodyWriter(), {}).u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { type: RTM_GETLINK, flags: 0, body: body.finish() };
}

/** Returns the body of a link request. Law: parseLink returns the fields common to LinkSpec and LinkFact. */
export function encodeLink(spec: LinkSpec): Uint8Array {
  const body = putHeader(new BodyWriter(), spec);
  if (spec.name !== undefined) body.text(IFLA_IFNAME, spec.name);
  putCommon(body, spec);
  if (spec.masterIndex !== undefined) body.u32(IFLA_MASTER, spec.masterIndex);
  if (spec.group !== undefined) body.u32(IFLA_GROUP, spec.group);
  if (spec.alias === '') body.bytes(IFLA_IFALIAS, new Uint8Array());
  else if (spec.alias !== undefined) body.text(IFLA_IFALIAS, spec.alias);
  if (spec.kind === 'veth') putSingleQueue(body);
  if (spec.kind !== undefined) body.nest(IFLA_LINKINFO, () => putKind(body, spec));
  if (spec.hairpin !== undefined) body.nest(IFLA_LINKINFO, () => putPort(body, spec.hairpin === true));
  if (spec.arpNotify !== undefined)
    body.nest(IFLA_AF_SPEC, () => putArpNotify(body, spec.arpNotify === true));
  if (spec.addrGenMode !== undefined) body.nest(IFLA_AF_SPEC, () => putNoAddress(body));
  return body.finish();
}

/** struct ifinfomsg: flags to set, and in `change` the mask of flags. */
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
  if (mac !== undefined) body.bytes(IFLA_ADDRESS, macBytes(mac));
  if (mtuBytes !== undefined) body.u32(IFLA_MTU, mtuBytes);
}

/** By default, the kernel sets one queue per processor, and waits for an RCU grace period to do so. */
function putSingleQueue(body: BodyWriter): void {
  body.u32(IFLA_NUM_TX_QUEUES, 1).u32(IFLA_NUM_RX_QUEUES, 1);
}

function putKind(body: BodyWriter, { kind, peer }: LinkSpec): void {
  body.text(INFO_KIND, kind ?? '');
  if (kind === 'bridge') {
    // Snooping visits every port whenever one comes up, for multicast that Azure's network does not carry.
    body.nest(
      INFO_DATA,
      () => void body.u32(BR_FORWARD_DELAY, 0).u32(BR_STP_STATE, 0).u8(BR_MCAST_SNOOPING, 0),
    );
  }
  if (kind === 'veth' && peer !== undefined) {
    body.nest(INFO_DATA, () => void body.nest(VETH_INFO_PEER, () => putPeer(body, peer)));
  }
}

function putPeer(body: BodyWriter, peer: PeerSpec): void {
  putHeader(body, {}).text(IFLA_IFNAME, peer.name);
  putCommon(body, peer);
  if (peer.netnsFd !== undefined) body.u32(IFLA_NET_NS_FD, peer.netnsFd);
  putSingleQueue(body);
}

function putPort(body: BodyWriter, hairpin: boolean): void {
  body.text(INFO_SLAVE_KIND, 'bridge');
  body.nest(INFO_SLAVE_DATA, () => void body.u8(BRPORT_MODE, hairpin ? 1 : 0));
}

/** The sysctl of the interface, without entering the namespace for its /proc/sys. */
function putArpNotify(body: BodyWriter, arpNotify: boolean): void {
  body.nest(AF_INET, () => {
    body.nest(IFLA_INET_CONF, () => void body.u32(DEVCONF_ARP_NOTIFY, arpNotify ? 1 : 0));
  });
}

function putNoAddress(body: BodyWriter): void {
  body.nest(AF_INET6, () => void body.u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE));
}

/** Returns the hairpin flag in a bridge's message about a port; undefined without one. */
export function parsePortHairpin(body: BodyReader): boolean | undefined {
  const mode = body.attribute(HEADER_BYTES, IFLA_PROTINFO)?.attribute(0, BRPORT_MODE);
  return mode === undefined ? undefined : mode.at8(0) !== 0;
}

/** Returns the contents of an RTM_NEWLINK body. */
export function parseLink(body: BodyReader): LinkFact {
  const get = body.table(HEADER_BYTES);
  const info = get(IFLA_LINKINFO);
  const flags = body.at32(8);
  const kind = info?.attribute(0, INFO_KIND)?.toText() ?? '';
  return {
    index: body.at32(4),
    name: get(IFLA_IFNAME)?.toText() ?? '',
    kind,
    up: (flags & IFF_UP) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    mac: macText(get(IFLA_ADDRESS)),
    mtuBytes: get(IFLA_MTU)?.at32(0) ?? 0,
    masterIndex: get(IFLA_MASTER)?.at32(0) ?? 0,
    group: get(IFLA_GROUP)?.at32(0) ?? 0,
    peerIndex: (kind === 'vxlan' ? boundTo(info) : get(IFLA_LINK))?.at32(0) ?? 0,
    isPeerElsewhere: get(IFLA_LINK_NETNSID) !== undefined,
    alias: get(IFLA_IFALIAS)?.toText(),
    hairpin: parsePort(info),
    hasTokenBucket: isTokenBucket(get(IFLA_QDISC)),
    rest: isOwnKind(kind) && get(IFLA_PROP_LIST) === undefined ? undefined : restOf(body, info),
  };
}

/** A VXLAN has its device among its parameters (IFLA_VXLAN_LINK). */
const boundTo = (info?: BodyReader): BodyReader | undefined => info?.attribute(0, INFO_DATA)?.attribute(0, 3);

function isOwnKind(kind: string): boolean {
  return kind === 'bridge' || kind === 'veth' || kind === 'ifb';
}

/** The parameters of the link's type (such as a VLAN ID) come first. */
function restOf(body: BodyReader, info: BodyReader | undefined): RestAttributes | undefined {
  const own = info?.rest(0, KNOWN_INFO, `${IFLA_LINKINFO}.`);
  const rest = body.rest(HEADER_BYTES, KNOWN);
  return own === undefined ? rest : [...own, ...(rest ?? [])];
}

function parsePort(info: BodyReader | undefined): boolean | undefined {
  if (info?.attribute(0, INFO_SLAVE_KIND)?.toText() !== 'bridge') return undefined;
  const mode = info.attribute(0, INFO_SLAVE_DATA)?.attribute(0, BRPORT_MODE);
  return mode === undefined ? undefined : mode.at8(0) !== 0;
}
