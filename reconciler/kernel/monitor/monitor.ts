/**
 * Receives the kernel's notifications: links and objects on them, our table, addresses and routes of pods. No
 * thread or timer while idle: the kernel sends SIGIO when there is something to read.
 */
import type {
  Announcements,
  NotificationFilter,
  Monitor,
  Notice,
  OpenMonitor,
} from '../../model/ports/monitor.ts';
import { NFT_TABLE } from '../../model/names.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { ERRNO, FLAGS, type ResidentSys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import { onWake, wakeBy } from '../../os/sigio.ts';
import { RARE_WIRES } from '../kinds/rare/registry.ts';
import { allWires, registerRareWires } from '../kinds/registry.ts';
import type { Subscription } from '../kinds/wire.ts';
import { align4 } from '../netlink/attribute.ts';
import { nftFilter, nodeFilter, podFilter } from '../netlink/filter.ts';
import { type Message, parseNftMessage, splitMessages } from '../netlink/notice.ts';
import { NetlinkSocket, ReceiveBuffer } from '../netlink/socket.ts';
import { groupAddress, intOption } from '../netlink/socket-bytes.ts';
import { NftNotices, NodeNotices, podNotice } from './notices.ts';
import { readLinks } from '../read.ts';
import type { LinkFact } from '../netlink/link.ts';

/** The multicast group of nf_tables. Source: enum nfnetlink_groups of linux/netfilter/nfnetlink.h. */
const NFNLGRP_NFTABLES = 7;

registerRareWires(RARE_WIRES);
const SUBSCRIPTIONS = allWires().flatMap(({ subscription }) => subscription ?? []);
const POD_SUBSCRIPTIONS = SUBSCRIPTIONS.filter(({ inPods }) => inPods === true);

/** Buffer for notifications that arrive during a round. */
const RECEIVE_BYTES = 8 * 1024 * 1024;
/** The kernel's largest notification, and a buffer for a call's. Source: NLMSG_GOODSIZE; SKB_MAX_ALLOC for elements of sets. */
const LARGEST_BYTES = 64 * 1024;
const BUFFER_BYTES = 2 * LARGEST_BYTES;
const ON = intOption(1);

/** Returns the function that opens a monitor; the host is the network namespace of the calling thread. */
export function createMonitor(sys: ResidentSys): OpenMonitor {
  return (ready) => KernelMonitor.open(sys, ready);
}

type MonitorSockets = { readonly node: number; readonly pods: number; readonly nft: number };

class KernelMonitor implements Monitor {
  readonly #sys: ResidentSys;
  readonly #sockets: MonitorSockets;
  readonly #ignore: () => void;
  readonly #node = new NodeNotices();
  readonly #nft = new NftNotices();
  readonly #buffer = new ReceiveBuffer(BUFFER_BYTES);
  #hasIpv6 = false;

  private constructor(sys: ResidentSys, sockets: MonitorSockets, ready: () => void) {
    this.#sys = sys;
    this.#sockets = sockets;
    this.#ignore = onWake(ready);
  }

  static open(sys: ResidentSys, ready: () => void): Result<Monitor> {
    const sockets = openSockets(sys);
    if (!sockets.ok) return sockets;
    const monitor = new KernelMonitor(sys, sockets.value, ready);
    // Listen first, then read: nothing in between is missed.
    const links = listLinks(sys);
    if (links.ok) {
      monitor.#node.learn(links.value);
      return ok(monitor);
    }
    monitor.close();
    return links;
  }

  attend({ destinations, podDestinations, hasIpv6 }: NotificationFilter): Result<void> {
    const { node, pods, nft } = this.#sockets;
    const filters = [
      [node, nodeFilter(SUBSCRIPTIONS, destinations)],
      [pods, podFilter(POD_SUBSCRIPTIONS, podDestinations)],
      [nft, nftFilter(NFT_TABLE)],
    ] as const;
    for (const [fd, filter] of filters) {
      const code = this.#sys.attachFilter(fd, filter);
      if (code < 0) return err(failureOf(code, 'attach a filter to a netlink socket'));
    }
    if (hasIpv6 && !this.#hasIpv6) {
      this.#join(node, SUBSCRIPTIONS);
      this.#join(pods, POD_SUBSCRIPTIONS);
    }
    this.#hasIpv6 = hasIpv6;
    return ok(undefined);
  }

  #join(fd: number, subscriptions: readonly Subscription[]): void {
    for (const group of subscriptions.flatMap(({ inet6Groups }) => inet6Groups ?? [])) {
      this.#sys.setsockopt(fd, FLAGS.SOL_NETLINK, FLAGS.NETLINK_ADD_MEMBERSHIP, intOption(group));
    }
  }

  drain(): Announcements {
    const { node, pods, nft } = this.#sockets;
    let isLost = false;
    const notices: Notice[] = [];
    const read = (fd: number, noticesOf: (messages: readonly Message[]) => readonly Notice[]): void => {
      for (let more = true; more; ) {
        const received = this.#receive(fd);
        for (const notice of noticesOf(received.messages)) notices.push(notice);
        isLost ||= received.isLost;
        ({ more } = received);
      }
    };
    read(node, (messages) => this.#node.of(messages));
    read(pods, (messages) => messages.flatMap(podNotice));
    read(nft, (messages) =>
      messages.flatMap((message) => this.#nft.of(parseNftMessage(message), message.portId)),
    );
    return { notices, isLost };
  }

  /**
   * Returns the waiting messages, as many as fit into the buffer; they are valid until it is used again.
   * Shape: `isLost`: the kernel dropped notifications for lack of buffer; `more` may be waiting.
   */
  #receive(fd: number): {
    readonly messages: readonly Message[];
    readonly isLost: boolean;
    readonly more: boolean;
  } {
    const messages: Message[] = [];
    let isLost = false;
    for (let at = 0; ; ) {
      const { bytes } = this.#buffer;
      if (bytes.length - at < LARGEST_BYTES) return { messages, isLost, more: true };
      const length = this.#sys.recv(fd, bytes.subarray(at), FLAGS.MSG_DONTWAIT | FLAGS.MSG_TRUNC);
      if (length === -ERRNO.ENOBUFS) isLost = true;
      else if (length < 0) return { messages, isLost, more: false };
      else if (length > bytes.length - at) {
        isLost = true;
        if (at === 0) this.#buffer.grow(length);
      } else {
        for (const message of splitMessages(bytes, length, at)) messages.push(message);
        at += align4(length);
      }
    }
  }

  close(): void {
    this.#ignore();
    for (const fd of Object.values(this.#sockets)) this.#sys.close(fd);
  }
}

function openSockets(sys: ResidentSys): Result<MonitorSockets> {
  const opened: number[] = [];
  const ways = [
    { protocol: FLAGS.NETLINK_ROUTE, groups: groupsOf(SUBSCRIPTIONS), isOfPods: false },
    { protocol: FLAGS.NETLINK_ROUTE, groups: groupsOf(POD_SUBSCRIPTIONS), isOfPods: true },
    { protocol: FLAGS.NETLINK_NETFILTER, groups: [NFNLGRP_NFTABLES], isOfPods: false },
  ];
  for (const way of ways) {
    const fd = openMonitorSocket(sys, way);
    if (!fd.ok) {
      for (const other of opened) sys.close(other);
      return fd;
    }
    opened.push(fd.value);
  }
  const [node = -1, pods = -1, nft = -1] = opened;
  return ok({ node, pods, nft });
}

function groupsOf(subscriptions: readonly Subscription[]): readonly number[] {
  return subscriptions.flatMap(({ groups }) => groups);
}

function openMonitorSocket(
  sys: ResidentSys,
  way: { readonly protocol: number; readonly groups: readonly number[]; readonly isOfPods: boolean },
): Result<number> {
  const step = 'subscribe to netlink notifications';
  const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, way.protocol);
  if (fd < 0) return err(failureOf(fd, step));
  // Without the privilege, the default buffer remains.
  sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVBUFFORCE, intOption(RECEIVE_BYTES));
  const calls = [
    () => (way.isOfPods ? sys.setsockopt(fd, FLAGS.SOL_NETLINK, FLAGS.NETLINK_LISTEN_ALL_NSID, ON) : 0),
    () => sys.bind(fd, groupAddress(way.groups)),
    () => wakeBy(sys, fd),
  ];
  for (const call of calls) {
    const code = call();
    if (code >= 0) continue;
    sys.close(fd);
    return err(failureOf(code, step));
  }
  return ok(fd);
}

function listLinks(sys: ResidentSys): Result<readonly LinkFact[]> {
  const options = { protocol: FLAGS.NETLINK_ROUTE, readOnly: true, buffer: new ReceiveBuffer() };
  const socket = NetlinkSocket.open(sys, options);
  if (!socket.ok) return socket;
  const links = readLinks(socket.value);
  socket.value.close();
  return links;
}
