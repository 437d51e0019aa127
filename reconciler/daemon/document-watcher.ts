/** Detects saves of the document, by any editor: written in place or replaced by rename. */
import { dirname, resolve } from 'node:path';
import { watch } from 'chokidar';

/** chokidar drops changes within 50 ms of one that it reported. Units: milliseconds. */
const AFTERWARDS_MS = 100;

/**
 * Calls `changed` whenever the file at the path may have changed. The file need not exist yet, its directory
 * must. Returns the function that stops watching. At least one call follows the last of several quick
 * changes.
 */
export function watchDocument(path: string, changed: () => void): () => Promise<void> {
  const file = resolve(path);
  const folder = dirname(file);
  // Watches the directory: a rename replaces the file, and it may be absent for a moment.
  const watcher = watch(folder, {
    depth: 0,
    ignoreInitial: true,
    atomic: false,
    ignored: (other) => other !== folder && other !== file,
  });
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    changed();
    clearTimeout(timer);
    timer = setTimeout(changed, AFTERWARDS_MS);
  };
  // `ready` covers earlier saves. After an error, full scans still read the document.
  for (const event of ['all', 'ready', 'error'] as const) watcher.on(event, tell);
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
