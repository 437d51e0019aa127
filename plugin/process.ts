/** The plugins' operating-system edge: stdin, stdout, own network namespace. */
import { ok, err, type Result } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/ports/sys.ts';
import { identifyFile, isSameFile } from '../reconciler/os/file-identity.ts';

/**
 * Variable by which the shim passes the name it was called by: neither a compiled program nor a Node.js
 * script can reliably be given another argv[0].
 */
export const ROLE_VARIABLE = 'VNET_CALLED_AS';

/** Returns all of stdin as text. Blocks until the writer closes it. Errors: the reason as text. */
export function readStdin(sys: Sys): Result<string, string> {
  const bytes = sys.readAll(0);
  return typeof bytes === 'number' ? err(`errno ${-bytes}`) : ok(new TextDecoder().decode(bytes));
}

/** Ensures that the whole text is written, unless the reader has closed the pipe. */
export function writeText(sys: Sys, fd: 1 | 2, text: string): void {
  sys.write(fd, new TextEncoder().encode(text));
}

/** Returns true if the path is our own network namespace. Source: namespaces(7). */
export function isOwnNetns(sys: Sys, path: string): boolean {
  return isSameFile(identifyFile(sys, '/proc/self/ns/net'), identifyFile(sys, path));
}
