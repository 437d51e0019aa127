/**
 * The identity of this boot: one for the node, regardless of the sandboxes of its processes. Where boot_id is
 * mounted over (nspawn, nodes in containers), a process with its own /proc reads another one; the first
 * process of a boot records the one it read.
 */
import { ensureDirectory, readPath, replaceCache } from '../os/file.ts';
import type { Sys } from '../model/ports/sys.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import type { NodePaths } from './paths.ts';

/** Returns the ID of this boot. Errors: `not-found`. */
export function readBootId(sys: Sys, { bootIds, runDirectory }: NodePaths): Result<string> {
  for (const path of bootIds) {
    const id = readLine(sys, path);
    // Below a root, the ID is that of a simulated node.
    if (id !== undefined) return ok(path.startsWith('/proc/') ? sharedId(sys, runDirectory, id) : id);
  }
  return err(
    failure('not-found', 'read the boot id', `none of ${bootIds.join(', ')} is readable`, {
      hint: 'vnet needs /proc to identify the boot.',
    }),
  );
}

/** Returns the recorded ID if it is this one or of this boot; else this one, which is recorded. */
function sharedId(sys: Sys, runDirectory: string, seen: string): string {
  const path = `${runDirectory}/boot`;
  const [id, start] = (readLine(sys, path) ?? '').split(' ');
  if (id === seen) return id;
  const started = startOf(sys);
  if (id !== undefined && id !== '' && started !== undefined && start === started) return id;
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(sys, path, new TextEncoder().encode(`${seen} ${started ?? ''}\n`));
  return seen;
}

/**
 * Returns the start time of the first process: equal in all processes of a boot, regardless of mounts and the
 * clock. On a machine it always starts with the kernel; there the run directory ends with the boot.
 * Source: proc(5): field 22 of /proc/1/stat, after the name in brackets.
 */
function startOf(sys: Sys): string | undefined {
  return readLine(sys, '/proc/1/stat')
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

/** Returns the trimmed text of the file. */
export function readLine(sys: Sys, path: string): string | undefined {
  const bytes = readPath(sys, path);
  return bytes.ok && bytes.value !== undefined ? new TextDecoder().decode(bytes.value).trim() : undefined;
}
