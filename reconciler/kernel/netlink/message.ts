/**
 * Netlink messages: header, acknowledgement, error, end of a dump. Pure.
 * Source: netlink(7), include/uapi/linux/netlink.h.
 */
import { LITTLE_ENDIAN, align4, read16, read32, write32 } from './attribute.ts';
import { BodyReader } from './reader.ts';

/** Flag of a request. Source: linux/netlink.h. */
export const NLM_F_REQUEST = 0x1;
/** Flag: request an acknowledgement. Source: linux/netlink.h. */
export const NLM_F_ACK = 0x4;
/** Flag: return the notification to the sender. Source: linux/netlink.h. */
export const NLM_F_ECHO = 0x8;
const NLM_F_DUMP_INTR = 0x10;
/** Flag: return all objects. Source: linux/netlink.h. */
export const NLM_F_DUMP = 0x300;
/** Flag: replace an existing object. Source: linux/netlink.h. */
export const NLM_F_REPLACE = 0x100;
/** Flag: fail if the object exists. Source: linux/netlink.h. */
export const NLM_F_EXCL = 0x200;
/** Flag: create the object if it does not exist. Source: linux/netlink.h. */
export const NLM_F_CREATE = 0x400;
/** Adds at the end of a list. */
export const NLM_F_APPEND = 0x800;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
const NLMSGERR_ATTR_MSG = 1;

/** A message to the kernel. Shape: `flags` without REQUEST, which is always added. */
export type NetlinkRequest = { readonly type: number; readonly flags: number; readonly body: Uint8Array };

/**
 * One message of an answer.
 * Shape: `errno` is positive, 0 for an acknowledgement; `text` is the kernel's explanation.
 */
export type NetlinkAnswer = {
  readonly kind: 'data' | 'acknowledgement' | 'done';
  readonly type: number;
  readonly sequence: number;
  readonly interrupted: boolean;
  readonly body: BodyReader;
  readonly errno: number;
  readonly text: string | undefined;
};

/** Returns the messages as one datagram, numbered from `sequence`; the last also has `lastFlags`. */
export function encodeMessages(
  requests: readonly NetlinkRequest[],
  sequence: number,
  lastFlags = 0,
): Uint8Array {
  let total = 0;
  for (const { body } of requests) total += align4(HEADER_BYTES + body.length);
  const bytes = new Uint8Array(total);
  let at = 0;
  let number = 0;
  for (const { type, flags, body } of requests) {
    const length = HEADER_BYTES + body.length;
    const all = flags | (number === requests.length - 1 ? lastFlags : 0) | NLM_F_REQUEST;
    write32(bytes, at, length);
    write32(bytes, at + 4, LITTLE_ENDIAN ? type | (all << 16) : all | (type << 16));
    write32(bytes, at + 8, sequence + number);
    number += 1;
    bytes.set(body, at + HEADER_BYTES);
    at += align4(length);
  }
  return bytes;
}

/**
 * Returns the messages of a received datagram; their bodies refer to its bytes. Stops at the first malformed
 * one.
 */
export function parseMessages(bytes: Uint8Array, length: number): NetlinkAnswer[] {
  const found: NetlinkAnswer[] = [];
  for (let at = 0; at + HEADER_BYTES <= length; ) {
    const size = read32(bytes, at);
    if (size < HEADER_BYTES || at + size > length) break;
    found.push(parseMessage(bytes, at, at + size));
    at += align4(size);
  }
  return found;
}

function parseMessage(bytes: Uint8Array, at: number, end: number): NetlinkAnswer {
  const type = read16(bytes, at + 4);
  const flags = read16(bytes, at + 6);
  const sequence = read32(bytes, at + 8);
  const interrupted = (flags & NLM_F_DUMP_INTR) !== 0;
  const body = new BodyReader(bytes, at + HEADER_BYTES, end);
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) {
    return { kind: 'data', type, sequence, interrupted, body, errno: 0, text: undefined };
  }
  const kind = type === NLMSG_DONE ? 'done' : 'acknowledgement';
  // The request follows the error code: just its header if the answer is capped.
  const echoed = (flags & NLM_F_CAPPED) === 0 ? body.at32(4) : HEADER_BYTES;
  const attributesAt = kind === 'done' ? 4 : 4 + align4(echoed);
  const errno = Math.max(0, -body.at32signed(0));
  const hasText = (flags & NLM_F_ACK_TLVS) !== 0;
  const text = hasText ? body.attribute(attributesAt, NLMSGERR_ATTR_MSG)?.toText() : undefined;
  return { kind, type, sequence, interrupted, body, errno, text };
}
