/** The netlink sockets of one kernel: the host's stay open, those of pods only for one call. */
import { HOST, type NetnsPath } from '../model/state.ts';
import { ok, type Result } from '../model/result.ts';
import { FLAGS, type Sys } from '../model/ports/sys.ts';
import { Namespaces } from './namespace.ts';
import { NetlinkSocket, ReceiveBuffer } from './netlink/socket.ts';

/** Maximum number of open pod sockets; far below the usual limit of 1024 descriptors. */
const MAX_POD_SOCKETS = 256;

/** A program that exits at once. */
const HELPER_PROGRAM = '/bin/true';

/**
 * The use of a kernel: `one-shot`: one CNI call in a process that ends with it; `resident`: one call after another; `round`: work on
 * the whole node.
 */
export type Lifetime = 'one-shot' | 'resident' | 'round';

/** How sockets are used. */
export type SocketsOptions = { readonly readOnly: boolean; readonly lifetime: Lifetime };

/** Returns the key of a link in `indexes`. */
export function placeOf(netns: NetnsPath, name: string): string {
  return `${netns} ${name}`;
}

/** Opens sockets on first use. */
export class Sockets {
  readonly sys: Sys;
  readonly namespaces: Namespaces;
  /** The numbers of the links that the newest observation found; only CNI calls trust them. */
  readonly indexes = new Map<string, number>();
  readonly #options: SocketsOptions;
  readonly #buffer = new ReceiveBuffer();
  readonly #pods = new Map<NetnsPath, NetlinkSocket>();
  #hostRoute: NetlinkSocket | undefined;
  #hostNft: NetlinkSocket | undefined;
  #mustWait = false;

  constructor(sys: Sys, options: SocketsOptions) {
    this.sys = sys;
    this.namespaces = new Namespaces(sys);
    this.#options = options;
  }

  /**
   * Returns the rtnetlink socket of the namespace.
   * Errors: `not-found` if there is no namespace at the path.
   */
  route(netns: NetnsPath): Result<NetlinkSocket> {
    if (netns !== HOST) return this.#pod(netns);
    if (this.#hostRoute !== undefined) return ok(this.#hostRoute);
    const opened = this.#open(HOST, FLAGS.NETLINK_ROUTE);
    if (opened.ok) this.#hostRoute = opened.value;
    return opened;
  }

  /** Returns the host's nfnetlink socket. */
  nft(): Result<NetlinkSocket> {
    if (this.#hostNft !== undefined) return ok(this.#hostNft);
    const opened = this.#open(HOST, FLAGS.NETLINK_NETFILTER);
    if (opened.ok) this.#hostNft = opened.value;
    return opened;
  }

  /** Returns the use of these sockets. A call waits for nothing that it can leave to others. */
  get lifetime(): Lifetime {
    return this.#options.lifetime;
  }

  /**
   * Returns the nfnetlink socket, if open, to be inherited by a child: after elements were deleted, the last
   * process to close it is blocked for some 10 ms.
   */
  handOver(): readonly number[] {
    this.#mustWait = false;
    return this.#hostNft === undefined ? [] : [this.#hostNft.descriptor];
  }

  /** Notes that elements were deleted. */
  noteRemoval(): void {
    this.#mustWait = true;
  }

  /**
   * Closes the sockets of the pods that were visited: an open socket would keep a deleted pod's namespace, and its interfaces,
   * alive. A CNI call opens it once and keeps it to its end.
   */
  leavePods(): void {
    if (this.lifetime === 'round') this.closePods();
  }

  /** Ensures that no pod's namespace is kept alive. */
  closePods(): void {
    this.indexes.clear();
    for (const socket of this.#pods.values()) socket.close();
    this.#pods.clear();
  }

  /** Closes every socket; the next use opens them again. */
  close(): void {
    this.closePods();
    // The child exits at once, and waits instead of this process.
    if (this.#mustWait && this.lifetime !== 'round') this.sys.spawn([HELPER_PROGRAM], this.handOver());
    this.#hostRoute?.close();
    this.#hostNft?.close();
    this.namespaces.close();
    this.#hostRoute = undefined;
    this.#hostNft = undefined;
  }

  #pod(netns: NetnsPath): Result<NetlinkSocket> {
    const known = this.#pods.get(netns);
    if (known !== undefined) return ok(known);
    if (this.#pods.size >= MAX_POD_SOCKETS) this.closePods();
    const opened = this.#open(netns, FLAGS.NETLINK_ROUTE);
    if (opened.ok) this.#pods.set(netns, opened.value);
    return opened;
  }

  #open(netns: NetnsPath, protocol: number): Result<NetlinkSocket> {
    const options = { protocol, readOnly: this.#options.readOnly, buffer: this.#buffer };
    return this.namespaces.visit(netns, () => NetlinkSocket.open(this.sys, options));
  }
}
