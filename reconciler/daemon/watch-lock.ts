/** Whether the resident loop runs on this node, and how to request a scan from it. */
import type { Sys } from '../model/ports/sys.ts';
import { readLockHolders } from '../app/lock-holders.ts';

/** Returns the path of the lock that the node's resident loop holds while it runs. */
export function watchLockPath(runDirectory: string): string {
  return `${runDirectory}/watch.lock`;
}

/** Returns the process ID of the resident loop; undefined if none runs. */
export function watchProcess(sys: Sys, runDirectory: string): number | undefined {
  return readLockHolders(sys, watchLockPath(runDirectory)).find(({ mode }) => mode === 'WRITE')?.pid;
}

/** Requests a full scan from the resident loop. Returns whether one runs. */
export function requestScan(sys: Sys, runDirectory: string): boolean {
  const pid = watchProcess(sys, runDirectory);
  if (pid === undefined || pid <= 0) return false;
  try {
    process.kill(pid, 'SIGHUP');
    return true;
  } catch {
    // It has just ended, or this user may not signal it: the next one scans at its start.
    return false;
  }
}
