/**
 * Deletes a link without waiting for the kernel's clean-up. Deleting a veth blocks the caller for 10 to 25 ms
 * after the link is gone, until no processor can still be using it; so another process or thread deletes it,
 * and this one continues at the kernel's notification that the link is gone.
 */
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { AF_BRIDGE } from '../netlink/bytes.ts';
import { deleteGroup, deleteLinkRequest, RTM_DELLINK } from '../netlink/link.ts';
import {
  encodeMessages,
  type NetlinkAnswer,
  type NetlinkRequest,
  parseMessages,
} from '../netlink/message.ts';
import { groupAddress, intOption } from '../netlink/socket-bytes.ts';

/** Time to wait for the notification. */
const TIMEOUT_SECONDS = 1;

/** Where distributions install ip(8). */
const PROGRAMS = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip'];

const RTNLGRP_LINK = 1;
const RECEIVE_BYTES = 32_768;
const RECEIVE_ROOM_BYTES = 4 * 1024 * 1024;

/**
 * The link to delete.
 * Shape: `inherited` are sockets whose release would block as well: the other process gets them.
 */
export type DeleteTarget = {
  readonly index: number;
  readonly inherited: readonly number[];
};

/** As deleteInHelper(), by a thread of libc's: for a process that stays, since one that ends would be held up at its end. */
export function deleteInThread(sys: Sys, index: number): boolean {
  return sendInThread(sys, deleteLinkRequest(index), [index]);
}

/** As deleteInThread(), for a group that has exactly these links. */
export function deleteGroupInThread(sys: Sys, group: number, indexes: readonly number[]): boolean {
  return sendInThread(sys, deleteGroup(group), indexes);
}

function sendInThread(sys: Sys, request: NetlinkRequest, indexes: readonly number[]): boolean {
  const listener = sys.sendDetached === undefined ? -1 : listen(sys);
  if (listener < 0) return false;
  // On a separate socket: the sending one is blocked as long as the kernel is busy.
  const sender = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
  const sent = sender < 0 ? sender : (sys.sendDetached?.(sender, encodeMessages([request], 1)) ?? -1);
  const isGone = sent >= 0 && waitForDeletion(sys, listener, indexes);
  sys.close(listener);
  return isGone;
}

/**
 * Returns true once the link is gone from its namespace, and its peer from the pod's. False: unknown (no
 * ip(8), or no notification in time); the caller must then delete the link itself, which is safe in any case.
 */
export function deleteInHelper(sys: Sys, { index, inherited }: DeleteTarget): boolean {
  const program = PROGRAMS.find((path) => typeof sys.stat(path) !== 'number');
  const listener = program === undefined ? -1 : listen(sys);
  if (program === undefined || listener < 0) return false;
  // Listen first, so that the notification cannot be missed. Delete by index, so that ip(8) cannot hit a new
  // link of the same name if this process is killed now.
  const child = sys.spawn([program, 'link', 'delete', 'dev', numberName(index)], inherited);
  const isGone = child >= 0 && waitForDeletion(sys, listener, [index]);
  sys.close(listener);
  return isGone;
}

/**
 * Returns ip(8)'s notation for the link with this index, unless a link has that name.
 * Source: ll_name_to_index, iproute2.
 */
export function numberName(index: number): string {
  return `if${index}`;
}

function listen(sys: Sys): number {
  const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
  if (fd < 0) return fd;
  const timeout = new Uint8Array(new BigInt64Array([BigInt(TIMEOUT_SECONDS), 0n]).buffer);
  // Each end is reported twice, by the link and by its bridge; without the privilege, the default buffer
  // holds a few hundred.
  sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVBUFFORCE, intOption(RECEIVE_ROOM_BYTES));
  const code = Math.min(
    sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVTIMEO, timeout),
    sys.bind(fd, groupAddress([RTNLGRP_LINK])),
  );
  if (code < 0) sys.close(fd);
  return code < 0 ? code : fd;
}

/** Bounds the whole wait, since notifications of other links restart each receive. */
function waitForDeletion(sys: Sys, listener: number, indexes: readonly number[]): boolean {
  const awaited = new Set(indexes);
  const bytes = new Uint8Array(RECEIVE_BYTES);
  const deadlineMs = performance.now() + TIMEOUT_SECONDS * 1000;
  while (performance.now() < deadlineMs) {
    const length = sys.recv(listener, bytes, 0);
    if (length < 0) return false;
    for (const message of parseMessages(bytes, length)) {
      const index = readDeletedLink(message);
      if (index !== undefined) awaited.delete(index);
    }
    if (awaited.size === 0) return true;
  }
  return false;
}

/** Returns the index of the link whose removal the message reports; undefined for other messages. */
function readDeletedLink({ type, body }: Pick<NetlinkAnswer, 'type' | 'body'>): number | undefined {
  const isOfBridge = body.at8(0) === AF_BRIDGE;
  return type === RTM_DELLINK && !isOfBridge ? body.at32(4) : undefined;
}
