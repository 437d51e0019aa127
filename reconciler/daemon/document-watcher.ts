/** Notices when the document is saved, whatever the editor does: writes it in place, or puts another file in its place. */
import { dirname, resolve } from 'node:path';
import { watch } from 'chokidar';

/** chokidar says nothing of changes within 50 ms of one that it told. Units: milliseconds. */
const AFTERWARDS_MS = 100;

/**
 * Calls `changed` whenever the file at the path may be another than before; there may be none yet, its directory must be
 * there. Returns how to end it. Several changes in quick succession are at least one call after the last of them.
 */
export function watchDocument(path: string, changed: () => void): () => Promise<void> {
  const file = resolve(path);
  const folder = dirname(file);
  // The folder, since a file that was renamed over is another one, and one that is away for a moment is none.
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
  // Ready: whatever was saved before. After an error the document is still read by every full scan.
  for (const event of ['all', 'ready', 'error'] as const) watcher.on(event, tell);
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
