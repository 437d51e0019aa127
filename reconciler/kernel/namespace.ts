/** Network namespaces: what is at a path, and doing something inside. */
import { HOST } from '../model/state.ts';
import type { NetnsPath } from '../model/state.ts';
import type { NamespaceFact } from '../model/ports/kernel.ts';
import { err, ok } from '../model/result.ts';
import type { Result } from '../model/result.ts';
import { ERRNO, FLAGS } from '../model/ports/sys.ts';
import type { Sys } from '../model/ports/sys.ts';
import { failureOf } from '../os/errno.ts';

/** The namespace of the calling thread; /proc/self would be that of the process's first thread. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

const GONE: ReadonlySet<number> = new Set([ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ESRCH, ERRNO.EINVAL]);

/** The namespace that plays the node, and visits from there to others. Keeps one descriptor until close(). */
export class Namespaces {
  readonly #sys: Sys;
  #home: number | undefined;
  #device: number | undefined;

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  /** Returns the inode of the namespace at the path, or `gone` when nothing is there, or something else. */
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
    // All namespaces are files of one file system of the kernel's, nsfs. The file that ip-netns(8) mounts on is not.
    return ok(found.device === this.#device ? { inode: found.inode } : 'gone');
  }

  /** Opens the namespace at the path; the caller closes it. Errors: `not-found` when none is there. */
  open(path: NetnsPath): Result<number> {
    const fd = this.#sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
    return fd < 0 ? err(failureOf(fd, `open namespace ${path}`)) : ok(fd);
  }

  /**
   * Returns what `work` returns, done with the thread in the namespace at the path; HOST is where it is already.
   * Law: afterwards the thread is in the node's namespace, where it was when this was first called. If the kernel
   * refuses the way back, the process is aborted: whatever it did next it would do to a pod's network.
   * Errors: `not-found` when there is no namespace at the path.
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

  /** Lets go of the descriptor. */
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
