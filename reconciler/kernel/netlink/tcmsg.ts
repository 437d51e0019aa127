/** Struct tcmsg and its attributes: the rtnetlink messages of qdiscs and filters. Pure. Source: linux/rtnetlink.h, linux/pkt_sched.h. */
import { LITTLE_ENDIAN } from './attribute.ts';
import { BodyWriter } from './writer.ts';

/** The message of a new qdisc; the next two numbers are deletion and query. */
export const RTM_NEWQDISC = 36;
/** The message of a new filter; the next two numbers are deletion and query. */
export const RTM_NEWTFILTER = 44;
/** The multicast group of both. */
export const RTNLGRP_TC = 4;
/** The length of struct tcmsg. */
export const TCM_BYTES = 20;
/** The root of an interface, as the parent of a qdisc. */
export const TC_H_ROOT = 0xffff_ffff;
/** The ingress qdisc, as the parent of itself. */
export const TC_H_INGRESS = 0xffff_fff1;
/** The handle of the ingress qdisc. */
export const INGRESS_HANDLE = 0xffff_0000;
/** The parent of filters on received packets, of an ingress qdisc and of clsact alike. */
export const INGRESS_FILTERS = 0xffff_fff2;

/** Attribute: the type. */
export const TCA_KIND = 1;
/** Attribute: the parameters of the type. */
export const TCA_OPTIONS = 2;
/** Counters and state: STATS, XSTATS, RATE, STATS2, PAD, HW_OFFLOAD; FCNT and the default chain. */
export const TCA_VOLATILE = [3, 4, 5, 6, 7, 9, 11, 12] as const;

/** Offsets of the upper halves of tcm_handle and tcm_info in a message, including its header. */
export const TC_NOTICE_AT = { handle: LITTLE_ENDIAN ? 26 : 24, info: LITTLE_ENDIAN ? 34 : 32 } as const;

/** The fields of struct tcmsg. */
type TcHeader = {
  readonly index: number;
  readonly parent: number;
  readonly handle?: number;
  readonly info?: number;
};

/** Returns a body that begins with the header. */
export function tcHeader({ index, parent, handle = 0, info = 0 }: TcHeader): BodyWriter {
  return new BodyWriter().put32(0).put32(index).put32(handle).put32(parent).put32(info);
}
