/** Struct ndmsg, in which rtnetlink carries neighbours and forwarding entries. Pure. Source: linux/neighbour.h. */
import { BodyWriter } from '../netlink/attribute.ts';

/** The message that an entry is there; the next numbers remove one and ask for one. */
export const RTM_NEWNEIGH = 28;
/** The request for entries. */
export const RTM_GETNEIGH = 30;
/** The multicast group. Source: enum rtnetlink_groups of linux/rtnetlink.h. */
export const RTNLGRP_NEIGH = 3;

/** Attributes. */
export const NDA = { DST: 1, LLADDR: 2, VLAN: 5, IFINDEX: 8, MASTER: 9, PROTOCOL: 12 } as const;
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
