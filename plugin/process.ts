/** The plugins' own edge to the operating system: stdin, stdout, and the namespace they run in. */
import { ok, err, type Result } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/ports/sys.ts';

/**
 * The variable by which the shim tells the program under which name it was started: neither a compiled program nor a script
 * of Node.js can be given another argv[0] for certain.
 */
export const ROLE_VARIABLE = 'VNET_CALLED_AS';

/** Returns all of stdin as text. Errors: the reason. Blocks until the other side closes it. */
export function readStdin(sys: Sys): Result<string, string> {
  const bytes = sys.readAll(0);
  return typeof bytes === 'number' ? err(`errno ${-bytes}`) : ok(new TextDecoder().decode(bytes));
}

/** Ensures that all of the text is written; a reader that has gone away is its own affair. */
export function writeAll(sys: Sys, fd: 1 | 2, text: string): void {
  sys.write(fd, new TextEncoder().encode(text));
}

/** Returns true when the path is that of the network namespace we run in. Source: namespaces(7). */
export function isOwnNetns(sys: Sys, path: string): boolean {
  const [own, other] = ['/proc/self/ns/net', path].map((file) => sys.stat(file));
  return typeof own === 'object' && typeof other === 'object' && own.inode === other.inode;
}
