/**
 * Returns the result of `create`, run under this umask: a socket that got its mode only after bind would
 * briefly be open to others.
 * Source: umask(2), unix(7).
 */
export function withUmask<T>(mask: number, create: () => T): T {
  const before = process.umask(mask);
  try {
    return create();
  } finally {
    process.umask(before);
  }
}
