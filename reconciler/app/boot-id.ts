/**
 * The identity of this boot: one for the node, however its processes are sandboxed. Where boot_id is mounted over (nspawn, nodes in
 * containers), a process with a /proc of its own reads another one; the first process of a boot writes down what it read.
 */
import { ensureDirectory, readPath, replaceCache } from '../os/file.ts';
import type { Sys } from '../model/ports/sys.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import type { NodePaths } from './paths.ts';

/** Returns the id of this boot. Errors: `not-found`. */
export function readBootId(sys: Sys, { bootIds, runDirectory }: NodePaths): Result<string> {
  for (const path of bootIds) {
    const id = readLine(sys, path);
    // An id below a root is that of a simulated node.
    if (id !== undefined) return ok(path.startsWith('/proc/') ? sharedId(sys, runDirectory, id) : id);
  }
  return err(
    failure('not-found', 'read the boot id', `none of ${bootIds.join(', ')} is readable`, {
      hint: 'vnet needs /proc to identify the boot.',
    }),
  );
}

/** The id that was written down, if it is this one or of this boot; else this one, which is written down. */
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
 * Returns when the first process started: equal in all processes of a boot, whatever is mounted or the clock is set to. On a
 * machine it always starts with the kernel; there the run directory ends with the boot.
 * Source: proc(5): field 22 of /proc/1/stat, after the name in brackets.
 */
function startOf(sys: Sys): string | undefined {
  return readLine(sys, '/proc/1/stat')
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

/** Returns the text of the file, without space around it. */
export function readLine(sys: Sys, path: string): string | undefined {
  const bytes = readPath(sys, path);
  return bytes.ok && bytes.value !== undefined ? new TextDecoder().decode(bytes.value).trim() : undefined;
}
