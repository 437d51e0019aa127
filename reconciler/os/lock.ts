/** Locks between processes: flock on a file, released by the kernel with its holder. */
import { err, type Failure, failure, ok, type Result } from '../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../model/ports/sys.ts';
import { ensureDirectory, parentOf, readText } from './file.ts';
import { identifyFile, isSameFile } from './file-identity.ts';
import { failureOf } from './errno.ts';

/** Default time that one holder may keep a lock. */
const LOCK_TIMEOUT_MS = 10_000;

/** Total wait for a lock that passes from holder to holder: below a container runtime's timeout. */
export const LOCK_LIMIT_MS = 90_000;

/** The first waiter polls often; waiters behind it poll at growing intervals up to the longest one. */
const NEXT_WAIT_MS = 0.5;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 10;

/** Every holder overwrites one record of this length, so that no part of a longer one remains. */
const RECORD_LENGTH = 200;

/**
 * The lock, the mode, and the requester.
 * Shape: `who` is the program and its verb (`azure-vnet ADD`). `now` is a monotonic clock. `timeoutMs` limits the time
 * of one holder; it restarts with each new holder, up to `limitMs`, which defaults to
 * `timeoutMs`.
 */
export type LockRequest = {
  readonly path: string;
  readonly mode: 'shared' | 'exclusive';
  readonly who: string;
  readonly timeoutMs?: number;
  readonly limitMs?: number;
  readonly now?: () => number;
};

/**
 * Runs `work` while holding the lock; creates directory (0700) and file (0600) if missing.
 * Errors: `timeout` naming the holder; those of `work`.
 */
export function holdLock<T, E>(
  sys: Sys,
  request: LockRequest,
  work: () => Result<T, E>,
): Result<T, E | Failure> {
  const lock = acquire(sys, request);
  if (!lock.ok) return lock;
  try {
    return work();
  } finally {
    release(sys, lock.value);
  }
}

/** As holdLock, for work that spans several calls: returns the function that releases the lock. */
export function takeLock(sys: Sys, request: LockRequest): Result<() => void> {
  const lock = acquire(sys, request);
  return lock.ok ? ok(() => release(sys, lock.value)) : lock;
}

/** Returns the time since the epoch on a clock that never goes back while the process runs. */
function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * A polled flock has no queue: a process that releases and requests the lock again would starve the others, and
 * shared holders would starve an exclusive request. So a second file, `<path>.queue`, is locked by the next one in line, and
 * every process passes through it in order of arrival (takeTurn).
 */
function acquire(sys: Sys, request: LockRequest): Result<number> {
  const { path, mode, now = monotonicNow } = request;
  const patience = new Patience(sys, request, now);
  const timing = { isOver: () => patience.isOver(), isPast: () => patience.isPast() };
  const failed = (error: Failure | 'timeout'): Result<never> =>
    err(error === 'timeout' ? timedOut(sys, path, patience.boundMs) : error);
  const queue = takeTurn(sys, `${path}.queue`, { ...timing, waitMs: FIRST_WAIT_MS, growth: 1.2 });
  if (!queue.ok) return failed(queue.error);
  const operation = (mode === 'shared' ? FLAGS.LOCK_SH : FLAGS.LOCK_EX) | FLAGS.LOCK_NB;
  const lock = poll(sys, path, { ...timing, waitMs: NEXT_WAIT_MS, growth: 1 }, (fd) => ({
    tryNow: () => sys.flock(fd, operation),
  }));
  release(sys, queue.value);
  if (!lock.ok) return failed(lock.error);
  recordHolder(sys, lock.value, request.who, request.now?.());
  return ok(lock.value);
}

/** Ensures that processes which wait for the locked file can name its holder: this process, as `who`. */
export function recordHolder(sys: Sys, fd: number, who: string, nowMs = Date.now()): void {
  const since = new Date(nowMs).toISOString();
  const record = `${process.pid} ${who.replaceAll(/[^ -~]/g, '?')} since ${since}`;
  const padded = `${record.slice(0, RECORD_LENGTH - 1).padEnd(RECORD_LENGTH - 1)}\n`;
  sys.write(fd, new TextEncoder().encode(padded));
}

/**
 * The limit of a wait: the time of one holder, restarted with each new holder. A slow machine
 * or a long queue is no reason to give up; a hanging holder is.
 */
class Patience {
  readonly #sys: Sys;
  readonly #path: string;
  readonly #now: () => number;
  readonly #timeoutMs: number;
  readonly #limitMs: number;
  readonly #endMs: number;
  #deadlineMs: number;
  #holder: string | undefined;

  constructor(sys: Sys, { path, timeoutMs, limitMs }: LockRequest, now: () => number) {
    [this.#sys, this.#path, this.#now] = [sys, path, now];
    this.#timeoutMs = timeoutMs ?? LOCK_TIMEOUT_MS;
    this.#limitMs = limitMs ?? timeoutMs ?? LOCK_LIMIT_MS;
    this.#endMs = now() + this.#limitMs;
    this.#deadlineMs = Math.min(now() + this.#timeoutMs, this.#endMs);
  }

  /** The bound that ended the wait. Units: milliseconds. */
  get boundMs(): number {
    return this.#deadlineMs === this.#endMs ? this.#limitMs : this.#timeoutMs;
  }

  /** True if the overall limit is exceeded, with any holder. */
  isPast(): boolean {
    return this.#now() >= this.#endMs;
  }

  /** Reads the holder of the lock at the start and at the end of a wait: never for a free lock. */
  isOver(): boolean {
    const nowMs = this.#now();
    if (nowMs < this.#deadlineMs) {
      this.#holder ??= readRecord(this.#sys, this.#path);
      return false;
    }
    if (nowMs >= this.#endMs) return true;
    const holder = readRecord(this.#sys, this.#path);
    if (holder === this.#holder) return true;
    this.#holder = holder;
    this.#deadlineMs = Math.min(nowMs + this.#timeoutMs, this.#endMs);
    return false;
  }
}

/** When to give up, and the polling interval. Units: milliseconds. */
type Timing = {
  readonly isOver: () => boolean;
  readonly isPast: () => boolean;
  readonly waitMs: number;
  readonly growth: number;
};

/** The byte of a queue that is locked while a ticket is issued; tickets are the bytes below. */
const TICKET_COUNTER = { start: 2 ** 52, length: 1 };
const TICKET_BYTES = 8;

/**
 * Returns the descriptor of the locked file when all earlier processes are done: a waiter takes the next ticket, which
 * is a byte of the file, and is therefore dropped with its holder.
 */
function takeTurn(sys: Sys, path: string, timing: Timing): Result<number, Failure | 'timeout'> {
  return poll(sys, path, timing, (fd) => {
    let ticket: number | undefined;
    return {
      tryNow: () => {
        const before = { start: 0, length: ticket ?? TICKET_COUNTER.start };
        if (sys.lockBytes(fd, 'ask', before) === 1) return -ERRNO.EAGAIN;
        return sys.flock(fd, FLAGS.LOCK_EX | FLAGS.LOCK_NB);
      },
      queueUp: () => {
        ticket ??= drawTicket(sys, fd);
      },
      leaveQueue: () => {
        if (ticket !== undefined) sys.lockBytes(fd, 'drop', { start: ticket, length: 1 });
      },
    };
  });
}

/** Takes the byte after the last ticket; undefined while another process takes one: try again. */
function drawTicket(sys: Sys, fd: number): number | undefined {
  if (sys.lockBytes(fd, 'take', TICKET_COUNTER) < 0) return undefined;
  const bytes = sys.readAt(fd, 0, TICKET_BYTES);
  const next = (typeof bytes !== 'number' && bytes.length === TICKET_BYTES ? numberOf(bytes) : 0) + 1;
  const taken = sys.lockBytes(fd, 'take', { start: next, length: 1 });
  // Written at the start of the file: nothing else is written through this descriptor.
  if (taken >= 0) sys.write(fd, bytesOf(next));
  sys.lockBytes(fd, 'drop', TICKET_COUNTER);
  return taken < 0 ? undefined : next;
}

function numberOf(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

function bytesOf(value: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
}

/** One wait on an open file. Shape: `tryNow` returns -EAGAIN while another process has the lock. */
type Wait = {
  readonly tryNow: () => number;
  readonly queueUp?: () => void;
  readonly leaveQueue?: () => void;
};

/** Returns the descriptor of the file, locked. */
function poll(
  sys: Sys,
  path: string,
  { isOver, isPast, waitMs: firstMs, growth }: Timing,
  waitOn: (fd: number) => Wait,
): Result<number, Failure | 'timeout'> {
  let waitMs = firstMs;
  for (;;) {
    const opened = openLock(sys, path);
    if (!opened.ok) return opened;
    const fd = opened.value;
    const { tryNow, queueUp, leaveQueue } = waitOn(fd);
    let locked = tryNow();
    while (locked === -ERRNO.EAGAIN && !isOver()) {
      queueUp?.();
      sys.sleep(waitMs * (0.5 + Math.random()));
      waitMs = Math.min(waitMs * growth, LONGEST_WAIT_MS);
      locked = tryNow();
    }
    leaveQueue?.();
    if (locked >= 0 && isCurrent(sys, fd, path)) return ok(fd);
    sys.close(fd);
    if (locked < 0 && locked !== -ERRNO.EAGAIN) return err(failureOf(locked, `lock ${path}`));
    if (locked < 0 || isPast()) return err('timeout');
  }
}

function openLock(sys: Sys, path: string): Result<number> {
  const flags = FLAGS.O_RDWR | FLAGS.O_CREAT | FLAGS.O_CLOEXEC;
  let fd = sys.open(path, flags, 0o600);
  if (fd === -ERRNO.ENOENT) {
    const directory = ensureDirectory(sys, parentOf(path), 0o700);
    if (!directory.ok) return directory;
    fd = sys.open(path, flags, 0o600);
  }
  return fd < 0 ? err(failureOf(fd, `open the lock ${path}`)) : ok(fd);
}

function release(sys: Sys, fd: number): void {
  // Explicit, because close is not enough: a child just forked may still share the open file.
  sys.flock(fd, FLAGS.LOCK_UN);
  sys.close(fd);
}

/** A lock on a deleted file does not exclude a process that opens the path again. */
function isCurrent(sys: Sys, fd: number, path: string): boolean {
  const held = sys.fstat(fd);
  return typeof held === 'number' || isSameFile(held, identifyFile(sys, path));
}

function readRecord(sys: Sys, path: string): string {
  return (readText(sys, path) ?? '').trim();
}

function timedOut(sys: Sys, path: string, boundMs: number): Failure {
  const [, pid = '', who = '', since] = /^(\d+) (.+?)(?: since (\S+))?$/.exec(readRecord(sys, path)) ?? [];
  const isAlive = pid !== '' && typeof sys.stat(`/proc/${pid}`) !== 'number';
  const held = `held by process ${pid} (${who})${since === undefined ? '' : ` since ${since}`}`;
  const holder = isAlive ? held : 'held by an unknown process';
  const hint = isAlive
    ? `Check process ${pid}; it frees the lock when it exits.`
    : `Find it with: fuser -v ${path}`;
  return failure('timeout', `lock ${path}`, `not free after ${boundMs} ms: ${holder}`, { hint });
}
