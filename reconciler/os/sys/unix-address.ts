/** Addresses of local sockets. */
import { FLAGS } from '../../model/ports/sys.ts';

/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 108;

/**
 * Returns the struct sockaddr_un of a path, or of a name in the abstract namespace after `@`; undefined if it is too long. It
 * needs no NUL at its end.
 */
export function unixAddress(name: string): Uint8Array | undefined {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > SUN_PATH_BYTES) return undefined;
  if (name.startsWith('@')) bytes[0] = 0;
  return Uint8Array.of(FLAGS.AF_UNIX, 0, ...bytes);
}
