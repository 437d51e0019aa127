/**
 * Returns what `create` returns, which makes its files under this umask: a socket that got its mode only
 * after it was bound would be open to others in between. Source: umask(2), unix(7).
 */
export function withUmask<T>(mask: number, create: () => T): T {
  const before = process.umask(mask);
  try {
    return create();
  } finally {
    process.umask(before);
  }
}
