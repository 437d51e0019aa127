/** Detects saves of the document where the kernel gives no notifications: the file is compared every second. */
import { watch } from 'chokidar';

const INTERVAL_MS = 1000;

/**
 * Calls `changed` after each save of the file, and once soon. The file need not exist yet. Returns the function that stops it.
 * Source: stat(2), by chokidar; a symbolic link is followed.
 */
export function pollDocument(file: string, changed: () => void): () => Promise<void> {
  const watcher = watch(file, {
    usePolling: true,
    interval: INTERVAL_MS,
    ignoreInitial: true,
    atomic: false,
  });
  // A save before the first comparison is no difference.
  const second = setTimeout(changed, 2 * INTERVAL_MS);
  for (const event of ['all', 'ready', 'error'] as const) watcher.on(event, () => changed());
  return () => {
    clearTimeout(second);
    return watcher.close();
  };
}
