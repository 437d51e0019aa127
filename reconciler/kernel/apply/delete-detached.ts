/**
 * Removes a link without waiting for all that the kernel does afterwards. Whoever removes a veth is held up for 10 to 25
 * milliseconds after it is gone, until no processor can still be using it; so another process does it, and we go on when
 * the kernel announces that the link is no more.
 */
import { FLAGS } from '../../model/ports/sys.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { deleteGroup, deleteLink, readDeletedLink } from '../netlink/link.ts';
import { encodeMessages, type NetlinkRequest, parseMessages } from '../netlink/message.ts';

/** How long an announcement is waited for. */
const TIMEOUT_SECONDS = 1;

/** Where distributions keep ip(8). */
const PROGRAMS = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip'];

const RTMGRP_LINK = 1;
const RECEIVE_BYTES = 32_768;
const RECEIVE_ROOM_BYTES = 4 * 1024 * 1024;

/** What is to go. Shape: `inherited` are sockets whose release would hold us up as well: the other process has it. */
export type DeleteTarget = {
  readonly index: number;
  readonly inherited: readonly number[];
};

/** As deleteInHelper(), by a thread of libc's: for a process that stays, since one that ends would be held up at its end. */
export function deleteInThread(sys: Sys, index: number): boolean {
  return sendInThread(sys, deleteLink(index), [index]);
}

/** As deleteInThread(), for a group that has exactly these links. */
export function deleteGroupInThread(sys: Sys, group: number, indexes: readonly number[]): boolean {
  return sendInThread(sys, deleteGroup(group), indexes);
}

function sendInThread(sys: Sys, request: NetlinkRequest, indexes: readonly number[]): boolean {
  const ear = sys.sendDetached === undefined ? -1 : listen(sys);
  if (ear < 0) return false;
  // Another socket: what sends is busy for as long as the kernel is, and must hear nothing meanwhile.
  const mouth = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
  const sent = mouth < 0 ? mouth : (sys.sendDetached?.(mouth, encodeMessages([request], 1)) ?? -1);
  const isGone = sent >= 0 && hears(sys, ear, indexes);
  sys.close(ear);
  return isGone;
}

/**
 * Returns true when the link is gone from its namespace, and its peer from the pod's. False means that nobody knows: there
 * is no ip(8), or it was not announced in time; the link must then be removed by ourselves, which is right in any case.
 */
export function deleteInHelper(sys: Sys, { index, inherited }: DeleteTarget): boolean {
  const program = PROGRAMS.find((path) => typeof sys.stat(path) !== 'number');
  const ear = program === undefined ? -1 : listen(sys);
  if (program === undefined || ear < 0) return false;
  // Listening first: else the announcement could come before we do.
  // By number: were we killed now, and a link of the same name made before ip(8) gets to work, it would not be meant.
  const child = sys.spawn([program, 'link', 'delete', 'dev', numberName(index)], inherited);
  const isGone = child >= 0 && hears(sys, ear, [index]);
  sys.close(ear);
  return isGone;
}

/** Returns what ip(8) takes for the link of this number, unless a link is called so. Source: ll_name_to_index, iproute2. */
export function numberName(index: number): string {
  return `if${index}`;
}

function listen(sys: Sys): number {
  const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
  if (fd < 0) return fd;
  const timeout = new Uint8Array(new BigInt64Array([BigInt(TIMEOUT_SECONDS), 0n]).buffer);
  // Each end is announced twice, by the link and by its bridge; without the right to more, a few hundred find room.
  sys.setsockopt(
    fd,
    FLAGS.SOL_SOCKET,
    FLAGS.SO_RCVBUFFORCE,
    new Uint8Array(new Int32Array([RECEIVE_ROOM_BYTES]).buffer),
  );
  const code = Math.min(
    sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVTIMEO, timeout),
    sys.bind(fd, groupAddress(RTMGRP_LINK)),
  );
  if (code < 0) sys.close(fd);
  return code < 0 ? code : fd;
}

/** struct sockaddr_nl: the kernel chooses the port. */
function groupAddress(groups: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint16(0, FLAGS.AF_NETLINK, true);
  view.setUint32(8, groups, true);
  return new Uint8Array(view.buffer);
}

/** Others' links come and go meanwhile, so the time is counted and not only each wait. */
function hears(sys: Sys, ear: number, indexes: readonly number[]): boolean {
  const awaited = new Set(indexes);
  const bytes = new Uint8Array(RECEIVE_BYTES);
  const deadlineMs = performance.now() + TIMEOUT_SECONDS * 1000;
  while (performance.now() < deadlineMs) {
    const length = sys.recv(ear, bytes, 0);
    if (length < 0) return false;
    for (const message of parseMessages(bytes, length)) {
      const index = readDeletedLink(message);
      if (index !== undefined) awaited.delete(index);
    }
    if (awaited.size === 0) return true;
  }
  return false;
}
