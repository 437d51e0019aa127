/** Notices when the document is saved, whatever the editor does: writes it in place, or puts another file in its place. */
import { realpathSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/**
 * Calls `changed` whenever the file at the path may be another than before, and once soon; there may be none yet, its
 * directory must be there. Returns how to end it. Several changes in quick succession are at least one call after the last
 * of them.
 */
export function watchDocument(path: string, changed: () => void): () => Promise<void> {
  // Folders, since a file that was renamed over is another one, and one that is away for a moment is none.
  const watchers = placesOf(path).map(({ folder, name }) => {
    const watcher = watch(folder, (_, file) => {
      if (file === null || file === name) changed();
    });
    // After an error the document is still read by every full scan.
    return watcher.on('error', changed);
  });
  // Whatever was saved before.
  const first = setImmediate(changed);
  return () => {
    clearImmediate(first);
    for (const watcher of watchers) watcher.close();
    return Promise.resolve();
  };
}

type Place = { readonly folder: string; readonly name: string };

/** Where the file is, and where it is really when a link leads to it. */
function placesOf(path: string): readonly Place[] {
  const file = resolve(path);
  const files = new Set([file]);
  try {
    files.add(realpathSync(file));
  } catch {
    // There is none yet.
  }
  return [...files].map((one) => ({ folder: dirname(one), name: basename(one) }));
}
