/** Packet sockets of probes. All probes of a process on one interface share them. */
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { type ProbeClaim, claimIn } from './frames.ts';

/** Source: packet(7). */
const AF_PACKET = 17;
const SOCKADDR_BYTES = 20;
const FRAME_BYTES = 2048;

/** How long sockets stay open after the last probe: the kernel holds the caller up while it closes one. */
const IDLE_MS = 2000;

/** Called with each claim of an address that was heard. */
type HearClaim = (claim: ProbeClaim) => void;

const opened = new WeakMap<Sys, Map<number, ProbeSockets>>();

/** Returns the sockets on the interface with this index, which may be open already. */
export function probeSocketsOn(sys: Sys, index: number): ProbeSockets {
  const ofSys = opened.get(sys) ?? new Map<number, ProbeSockets>();
  opened.set(sys, ofSys);
  const sockets = ofSys.get(index) ?? new ProbeSockets(sys, index, () => ofSys.delete(index));
  ofSys.set(index, sockets);
  return sockets;
}

/**
 * The sockets on one interface, one for each EtherType.
 * Law: each listener gets all claims that arrive between its join() and its leave(), also those that another one reads.
 */
class ProbeSockets {
  readonly #sys: Sys;
  readonly #index: number;
  readonly #closed: () => void;
  readonly #fds = new Map<number, number>();
  readonly #listeners = new Set<HearClaim>();
  #idle: NodeJS.Timeout | undefined;

  constructor(sys: Sys, index: number, closed: () => void) {
    this.#sys = sys;
    this.#index = index;
    this.#closed = closed;
  }

  /** Opens the missing sockets; returns -errno, without joining, if that fails. Earlier claims are not heard. */
  join(types: Iterable<number>, listener: HearClaim): number {
    for (const type of types) {
      const fd = this.#fds.get(type) ?? openSocket(this.#sys, this.#index, type);
      if (fd < 0) {
        this.#closeIfIdle();
        return fd;
      }
      this.#fds.set(type, fd);
    }
    this.read();
    clearTimeout(this.#idle);
    this.#listeners.add(listener);
    return 0;
  }

  leave(listener: HearClaim): void {
    this.#listeners.delete(listener);
    this.#closeIfIdle();
  }

  send(type: number, frame: Uint8Array): void {
    this.#sys.send(this.#fds.get(type) ?? -1, frame, 0);
  }

  /** Gives the claims that have arrived to all listeners. */
  read(): void {
    for (const fd of this.#fds.values())
      for (const claim of claimsOn(this.#sys, fd)) for (const listener of this.#listeners) listener(claim);
  }

  #closeIfIdle(): void {
    if (this.#listeners.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#close(), IDLE_MS);
    // A one-shot process does not wait: the kernel closes the sockets at its end.
    this.#idle.unref();
  }

  #close(): void {
    for (const fd of this.#fds.values()) this.#sys.close(fd);
    this.#fds.clear();
    this.#closed();
  }
}

/**
 * Opens a socket that hears frames of the EtherType. It has no protocol before bind(2): to move one that hears frames of all interfaces,
 * the kernel would hold the caller up until no processor can still use it.
 * Source: struct sockaddr_ll; the protocol is in network byte order.
 */
function openSocket(sys: Sys, index: number, type: number): number {
  const fd = sys.socket(AF_PACKET, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const address = new DataView(new ArrayBuffer(SOCKADDR_BYTES));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, type, false);
  address.setInt32(4, index, true);
  const bound = sys.bind(fd, new Uint8Array(address.buffer));
  if (bound >= 0) return fd;
  sys.close(fd);
  return bound;
}

function claimsOn(sys: Sys, fd: number): readonly ProbeClaim[] {
  const into = new Uint8Array(FRAME_BYTES);
  const claims: ProbeClaim[] = [];
  for (;;) {
    const length = sys.recv(fd, into, FLAGS.MSG_DONTWAIT);
    if (length <= 0) return claims;
    const claim = claimIn(into.slice(0, length));
    if (claim !== undefined) claims.push(claim);
  }
}
