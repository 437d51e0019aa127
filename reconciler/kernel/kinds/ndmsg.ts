/**
 * Struct ndmsg, the rtnetlink message of neighbours and forwarding entries. Pure.
 * Source: linux/neighbour.h.
 */
import { BodyWriter } from '../netlink/writer.ts';

/** The message of a new entry. */
export const RTM_NEWNEIGH = 28;
/** Its deletion. */
export const RTM_DELNEIGH = 29;
/** The query. */
export const RTM_GETNEIGH = 30;
/** The multicast group. Source: enum rtnetlink_groups of linux/rtnetlink.h. */
export const RTNLGRP_NEIGH = 3;

/** Attribute: the address of a neighbour. */
export const NDA_DST = 1;
/** Attribute: the MAC. */
export const NDA_LLADDR = 2;
/** Attribute: ages and use count. */
export const NDA_CACHEINFO = 3;
/** Attribute: number of probes. */
export const NDA_PROBES = 4;
/** Attribute: the VLAN of a forwarding entry. */
export const NDA_VLAN = 5;
/** Attribute: the interface of a request. */
export const NDA_IFINDEX = 8;
/** Attribute: the bridge of a forwarding entry. */
export const NDA_MASTER = 9;
/** Attribute: the creator of a neighbour. */
export const NDA_PROTOCOL = 12;
/** Belongs to a device's own filter. */
export const NTF_SELF = 0x02;
/** Of a neighbour: without ARP. Of a forwarding entry: static. */
export const NUD_NOARP = 0x40;
/** Of a forwarding entry: a port's own address. */
export const NUD_PERMANENT = 0x80;
/** The length of the header. */
export const NDM_BYTES = 12;

/** Offsets in a notification, including the 16 bytes of the netlink header. */
export const NOTICE_AT = { state: 24, flags: 26, attributes: 28 } as const;

/** Returns a body with the header. */
export function neighbourHeader(
  family: number,
  index: number,
  at: { readonly state: number; readonly flags: number },
): BodyWriter {
  return new BodyWriter().put8(family).put8(0).put16(0).put32(index).put16(at.state).put8(at.flags).put8(0);
}
