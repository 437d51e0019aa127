/** Network namespaces: identity of a path, and running code inside. */
import { HOST, type NetnsPath } from '../model/state.ts';
import type { NamespaceFact } from '../model/ports/kernel.ts';
import { err, ok, type Result } from '../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../model/ports/sys.ts';
import { failureOf } from '../os/errno.ts';

/** The calling thread's namespace; /proc/self would be the main thread's. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

const GONE: ReadonlySet<number> = new Set([ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ESRCH, ERRNO.EINVAL]);

/** The host's namespace, and visits from it to others. Keeps one descriptor until close(). */
export class Namespaces {
  readonly #sys: Sys;
  #home: number | undefined;
  #device: number | undefined;

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  /** Returns the inode of the namespace at the path; `gone` if there is none. */
  stat(path: NetnsPath): Result<NamespaceFact> {
    const found = this.#sys.stat(path);
    if (typeof found === 'number') {
      return GONE.has(-found) ? ok('gone') : err(failureOf(found, `open namespace ${path}`));
    }
    if (this.#device === undefined) {
      const own = this.#sys.stat(OWN_NAMESPACE);
      if (typeof own === 'number') return err(failureOf(own, `open ${OWN_NAMESPACE}`));
      this.#device = own.device;
    }
    // All namespaces are files of one kernel file system, nsfs. The mount point that ip-netns(8) creates is
    // not.
    return ok(found.device === this.#device ? { inode: found.inode } : 'gone');
  }

  /** Opens the namespace at the path; the caller closes it. Errors: `not-found` if there is none. */
  open(path: NetnsPath): Result<number> {
    const fd = this.#sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
    return fd < 0 ? err(failureOf(fd, `open namespace ${path}`)) : ok(fd);
  }

  /**
   * Runs `work` with the thread in the namespace at the path (HOST: its own) and returns the result.
   * Law: afterwards the thread is in the host's namespace, where it was at the first call. If the kernel
   * refuses the return, the process is aborted: it would otherwise change a pod's network instead of the
   * host's.
   * Errors: `not-found` if there is no namespace at the path.
   */
  visit<T>(path: NetnsPath, work: () => Result<T>): Result<T> {
    if (path === HOST) return work();
    const home = this.#openHome();
    if (!home.ok) return home;
    const there = this.open(path);
    if (!there.ok) return there;
    const code = this.#sys.setns(there.value, FLAGS.CLONE_NEWNET);
    this.#sys.close(there.value);
    if (code === -ERRNO.EINVAL)
      return err(failureOf(ERRNO.ENOENT, `enter ${path}`, 'not a network namespace'));
    if (code < 0) return err(failureOf(code, `enter namespace ${path}`));
    try {
      return work();
    } finally {
      if (this.#sys.setns(home.value, FLAGS.CLONE_NEWNET) < 0) process.abort();
    }
  }

  /** Closes the descriptor. */
  close(): void {
    if (this.#home !== undefined) this.#sys.close(this.#home);
    this.#home = undefined;
  }

  #openHome(): Result<number> {
    if (this.#home !== undefined) return ok(this.#home);
    const home = this.open(OWN_NAMESPACE);
    if (home.ok) this.#home = home.value;
    return home;
  }
}
