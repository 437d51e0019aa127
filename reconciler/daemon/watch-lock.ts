/** Whether the resident loop runs on this node, and how to make it look. */
import type { Sys } from '../model/ports/sys.ts';
import { readLockHolders } from '../app/lock-holders.ts';

/** Returns the path of the lock that the one resident loop of a node holds while it lives. */
export function watchLockPath(runDirectory: string): string {
  return `${runDirectory}/watch.lock`;
}

/** Returns the process of the resident loop; undefined when none runs. */
export function watchProcess(sys: Sys, runDirectory: string): number | undefined {
  return readLockHolders(sys, watchLockPath(runDirectory)).find(({ mode }) => mode === 'WRITE')?.pid;
}

/** Ensures that the resident loop, if one runs, looks at everything now. Returns whether one runs. */
export function nudgeWatch(sys: Sys, runDirectory: string): boolean {
  const pid = watchProcess(sys, runDirectory);
  if (pid === undefined || pid <= 0) return false;
  try {
    process.kill(pid, 'SIGHUP');
    return true;
  } catch {
    // It has just ended, or is not ours to signal: the next one looks when it starts.
    return false;
  }
}
