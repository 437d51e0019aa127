/** Struct ndmsg, in which rtnetlink carries neighbours and forwarding entries. Pure. Source: linux/neighbour.h. */
import { BodyWriter } from '../netlink/writer.ts';

/** The message that an entry is there; the next numbers remove one and ask for one. */
export const RTM_NEWNEIGH = 28;
/** The request for entries. */
export const RTM_GETNEIGH = 30;
/** The multicast group. Source: enum rtnetlink_groups of linux/rtnetlink.h. */
export const RTNLGRP_NEIGH = 3;

/** Attribute: the address of a neighbour. */
export const NDA_DST = 1;
/** Attribute: the MAC. */
export const NDA_LLADDR = 2;
/** Attribute: ages, and how often it is used. */
export const NDA_CACHEINFO = 3;
/** Attribute: how often it was asked for. */
export const NDA_PROBES = 4;
/** Attribute: the VLAN of a forwarding entry. */
export const NDA_VLAN = 5;
/** Attribute: the interface of a request. */
export const NDA_IFINDEX = 8;
/** Attribute: the bridge of a forwarding entry. */
export const NDA_MASTER = 9;
/** Attribute: who made a neighbour. */
export const NDA_PROTOCOL = 12;
/** Of a device's own filter. */
export const NTF_SELF = 0x02;
/** Of a neighbour: without ARP. Of a forwarding entry: static. */
export const NUD_NOARP = 0x40;
/** Of a forwarding entry: a port's own address. */
export const NUD_PERMANENT = 0x80;
/** The length of the header. */
export const NDM_BYTES = 12;

/** Places in an announcement, which begins with 16 bytes of netlink's own. */
export const NOTICE_AT = { state: 24, flags: 26, attributes: 28 } as const;

/** Returns a body with the header. */
export function neighbourHeader(
  family: number,
  index: number,
  at: { readonly state: number; readonly flags: number },
): BodyWriter {
  return new BodyWriter().put8(family).put8(0).put16(0).put32(index).put16(at.state).put8(at.flags).put8(0);
}
