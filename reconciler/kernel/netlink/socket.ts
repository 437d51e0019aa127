/** A netlink socket: requests with answers, and dumps that are complete or repeated. */
import { err, fail, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import {
  encodeMessages,
  type NetlinkAnswer,
  type NetlinkRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  parseMessages,
} from './message.ts';
import { type Question, type ReadBody, valueOf } from './question.ts';
import { intOption } from './socket-bytes.ts';

/** Number of attempts of a dump, and of a question whose answer was lost. */
const DUMP_ATTEMPTS = 64;
const TIMEOUT_SECONDS = 10;

/** Socket option values: struct timeval, and an int. */
const TIMEOUT = new Uint8Array(new BigInt64Array([BigInt(TIMEOUT_SECONDS), 0n]).buffer);
const ON = intOption(1);

const NETLINK_CAP_ACK = 10;
const SUBSYSTEM_SHIFT = 8;
const NFNL_SUBSYS_NFTABLES = 10;

/** NFT_MSG_GET*: table, chain, rule, set, set element, generation, object, flowtable. Source: linux/netfilter/nf_tables.h. */
const NFT_READS: ReadonlySet<number> = new Set([1, 4, 7, 10, 13, 16, 19, 23]);

/** The receive buffer shared by all sockets of one kernel, which are used one at a time. */
export class ReceiveBuffer {
  bytes: Uint8Array;

  constructor(sizeBytes = 65536) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  /** Ensures a minimum size. Discards the contents. */
  grow(sizeBytes: number): void {
    if (sizeBytes <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(sizeBytes, this.bytes.length * 2));
  }
}

/** Shape: `protocol` is FLAGS.NETLINK_ROUTE or NETLINK_NETFILTER. */
export type SocketOptions = {
  readonly protocol: number;
  readonly readOnly: boolean;
  readonly buffer: ReceiveBuffer;
};

/**
 * Number of questions per datagram. Each answer takes up to 5 kB of the socket's receive buffer, of which there are at
 * least 208 kB (net.core.rmem_default).
 */
const QUESTIONS_PER_DATAGRAM = 32;

type Received =
  | { readonly kind: 'data'; readonly length: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A netlink socket in the network namespace in which it was opened. */
export class NetlinkSocket {
  readonly #sys: Sys;
  readonly #options: SocketOptions;
  readonly #fd: number;
  #sequence = 1;
  #isExplained = false;

  private constructor(sys: Sys, options: SocketOptions, fd: number) {
    this.#sys = sys;
    this.#options = options;
    this.#fd = fd;
  }

  /** Opens a socket in the thread's network namespace. */
  static open(sys: Sys, options: SocketOptions): Result<NetlinkSocket> {
    const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, options.protocol);
    if (fd < 0) return err(failureOf(fd, 'open a netlink socket'));
    const code = sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVTIMEO, TIMEOUT);
    if (code < 0) {
      sys.close(fd);
      return err(failureOf(code, 'set the timeout of a netlink socket'));
    }
    // Older kernels lack it and do not filter dumps; the callers do.
    if (options.protocol === FLAGS.NETLINK_ROUTE) {
      sys.setsockopt(fd, FLAGS.SOL_NETLINK, FLAGS.NETLINK_GET_STRICT_CHK, ON);
    }
    return ok(new NetlinkSocket(sys, options, fd));
  }

  /** Returns the descriptor, to pass it to another process. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Closes the socket. */
  close(): void {
    this.#sys.close(this.#fd);
  }

  /** Sends one request and returns its result. */
  request(request: NetlinkRequest, step: string): Result<void> {
    return this.requests([request], step)[0] ?? ok(undefined);
  }

  /**
   * Sends the requests as one datagram, which the kernel processes completely even if the process is killed,
   * and returns one result for each. A refused request does not stop the following ones.
   */
  requests(requests: readonly NetlinkRequest[], step: string): Result<void>[] {
    const first = this.#send(requests, step, NLM_F_ACK);
    if (!first.ok) return requests.map(() => first);
    // Only the last is acknowledged; errors of the others arrive before that.
    const last = requests.length - 1;
    const refused = new Map<number, Failure>();
    const failed = this.#answers(step, ({ kind, sequence, errno, text }) => {
      const index = sequence - first.value;
      if (kind !== 'acknowledgement' || index < 0) return false;
      if (errno !== 0) refused.set(index, failureOf(errno, step, text));
      return index >= last;
    });
    return requests.map((_, index) => {
      const reason = refused.get(index) ?? failed;
      return reason === undefined ? ok(undefined) : err(reason);
    });
  }

  /**
   * Sends an nfnetlink batch (begin, changes, end), which takes effect as a whole or not at all.
   * Errors: of the first refused change.
   */
  batch(requests: readonly NetlinkRequest[], step: string): Result<void> {
    const first = this.#send(requests, step);
    if (!first.ok) return first;
    // The change before the end message is acknowledged; errors of the others arrive before that.
    const last = first.value + requests.length - 2;
    let refused: Failure | undefined;
    const failed = this.#answers(step, ({ kind, sequence, errno, text }) => {
      if (kind !== 'acknowledgement' || sequence < first.value) return false;
      if (errno !== 0) refused ??= failureOf(errno, step, text);
      return sequence === last || (sequence === first.value && errno !== 0);
    });
    const problem = refused ?? failed;
    return problem === undefined ? ok(undefined) : err(problem);
  }

  /** As get() for each, several in one datagram. */
  gets<T>(questions: readonly Question<T>[]): Result<T | undefined>[] {
    const results: Result<T | undefined>[] = [];
    for (let at = 0; at < questions.length; at = results.length)
      results.push(...this.#ask(questions.slice(at, at + QUESTIONS_PER_DATAGRAM)));
    return results;
  }

  #ask<T>(questions: readonly Question<T>[]): Result<T | undefined>[] {
    const results: Result<T | undefined>[] = [];
    const step = questions[0]?.step ?? '';
    const first =
      questions.length > 1
        ? this.#send(
            questions.map(({ request }) => request),
            step,
          )
        : undefined;
    // The kernel answers them in order.
    if (first?.ok === true)
      this.#answers(step, (answer) => {
        const question = questions[results.length];
        if (question === undefined || answer.sequence !== first.value + results.length) return false;
        results.push(valueOf(answer, question));
        return results.length === questions.length;
      });
    for (const { request, read, step: own } of questions.slice(results.length))
      results.push(this.get(request, read, own));
    return results;
  }

  /** Sends a request with one answer and returns its value from `read`. */
  get<T>(request: NetlinkRequest, read: ReadBody<T>, step: string): Result<T | undefined> {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt += 1) {
      const first = this.#send([request], step);
      if (!first.ok) return first;
      let answer: Result<T | undefined> | undefined;
      const failed = this.#answers(step, (received) => {
        if (received.sequence !== first.value) return false;
        answer = valueOf(received, { read, step });
        return true;
      });
      if (answer !== undefined) return answer;
      if (failed !== undefined && failed.code !== 'interrupted') return err(failed);
    }
    return err(lostAnswer(step));
  }

  /**
   * Returns the values from `read` for each message of a dump. An interrupted or incomplete dump is repeated.
   * Errors: `interrupted` after so many attempts.
   */
  dump<T>(request: NetlinkRequest, read: ReadBody<T>, step: string, attempts = DUMP_ATTEMPTS): Result<T[]> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const found: T[] = [];
      const first = this.#send([request], step, NLM_F_DUMP);
      if (!first.ok) return first;
      let interrupted = false;
      let refused: Failure | undefined;
      const failed = this.#answers(step, (answer) => {
        if (answer.sequence !== first.value) return false;
        interrupted ||= answer.interrupted;
        if (answer.errno !== 0) refused = failureOf(answer.errno, step, answer.text);
        if (answer.kind !== 'data') return true;
        const value = read(answer.body);
        if (value !== undefined) found.push(value);
        return false;
      });
      // An error in an interrupted dump may result from the interruption.
      if (refused !== undefined && !interrupted && refused.code !== 'interrupted') return err(refused);
      if (failed !== undefined && failed.code !== 'interrupted') return err(failed);
      if (refused === undefined && failed === undefined && !interrupted) return ok(found);
    }
    const hint = 'The kernel changed during every read: try again in a moment.';
    return fail('interrupted', step, `the dump was interrupted ${attempts} times`, { hint });
  }

  /** Returns the sequence number of the first request. */
  #send(requests: readonly NetlinkRequest[], step: string, flags = 0): Result<number> {
    if (this.#options.readOnly && !requests.every(({ type }) => isRead(this.#options.protocol, type))) {
      return fail('refused', step, 'this netlink socket is read-only', { hint: 'Nothing was changed.' });
    }
    if (!this.#isExplained && !requests.every(({ type }) => isRead(this.#options.protocol, type)))
      this.#explain();
    const sequence = this.#sequence;
    this.#sequence += requests.length;
    const code = this.#sys.send(this.#fd, encodeMessages(requests, sequence, flags), 0);
    return code < 0 ? err(failureOf(code, step)) : ok(sequence);
  }

  /**
   * Requests error texts from the kernel, without a copy of the request. Not for the thousand sockets that
   * only read; older kernels lack parts of it, and errors then have no text.
   */
  #explain(): void {
    this.#isExplained = true;
    this.#sys.setsockopt(this.#fd, FLAGS.SOL_NETLINK, FLAGS.NETLINK_EXT_ACK, ON);
    this.#sys.setsockopt(this.#fd, FLAGS.SOL_NETLINK, NETLINK_CAP_ACK, ON);
  }

  /**
   * Receives until `isLast` returns true, then returns undefined; else the reason. Drains the rest, so that
   * no later request sees it.
   */
  #answers(step: string, isLast: (answer: NetlinkAnswer) => boolean): Failure | undefined {
    for (;;) {
      const received = this.#receive(step);
      if (received.kind !== 'data') {
        this.#drain();
        return received.kind === 'failed' ? received.failure : lostAnswer(step);
      }
      for (const answer of parseMessages(this.#options.buffer.bytes, received.length)) {
        if (isLast(answer)) return undefined;
      }
    }
  }

  #receive(step: string): Received {
    const { buffer } = this.#options;
    const length = this.#sys.recv(this.#fd, buffer.bytes, FLAGS.MSG_TRUNC);
    if (length === -ERRNO.ENOBUFS) return { kind: 'lost' };
    if (length < 0) return { kind: 'failed', failure: failureOf(length, step) };
    if (length <= buffer.bytes.length) return { kind: 'data', length };
    buffer.grow(length);
    return { kind: 'lost' };
  }

  /** Reads the remaining messages, which also ends a dump in progress. */
  #drain(): void {
    const { buffer } = this.#options;
    for (;;) {
      const code = this.#sys.recv(this.#fd, buffer.bytes, FLAGS.MSG_TRUNC | FLAGS.MSG_DONTWAIT);
      if (code < 0 && code !== -ERRNO.ENOBUFS) return;
    }
  }
}

function lostAnswer(step: string): Failure {
  const hint = 'The result is unknown: run the command again, which is safe.';
  return failure('interrupted', step, 'the kernel had no buffer for its answer', { hint });
}

/** Returns true if messages of this type cannot change anything. */
function isRead(protocol: number, type: number): boolean {
  // rtnetlink types come in fours: new, delete, get, set.
  if (protocol === FLAGS.NETLINK_ROUTE) return type >= 16 && type % 4 === 2;
  return type >> SUBSYSTEM_SHIFT === NFNL_SUBSYS_NFTABLES && NFT_READS.has(type & 0xff);
}
