/** Picks the implementation of Sys for the runtime that runs us. */
import type { Sys } from '../model/sys.ts';

/**
 * Returns the system calls of this process: bun:ffi under Bun, koffi under Node. Both imports are literal so that a
 * bundler sees them, and keeps the one for its target. Errors: rejects when the runtime's library can't be loaded.
 */
export async function createPlatformSys(): Promise<Sys> {
  const isBun = process.versions['bun'] !== undefined;
  const platform = isBun ? await import('./sys-bun.ts') : await import('./sys-koffi.ts');
  return platform.createSys();
}
