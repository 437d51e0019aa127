/** Metrics as a file, for the textfile collector of node_exporter. */
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import type { Page } from './listen.ts';

/** A fight makes many rounds in a second, and a collector reads four times a minute. Units: milliseconds. */
const PAUSE_MS = 1000;

/** Written by root, read by the exporter's own user. */
const MODE = 0o644;

/** A file that is kept up to date. */
export type MetricsFile = {
  /** Asks for the file to be written soon. */
  readonly renew: () => void;
  /** Ensures that nothing is written any more; the file goes, so that nobody takes it for the present. */
  readonly close: () => Promise<void>;
};

/** Returns the file at the path; `failed` hears once, until it is well again, why it can't be written. */
export function openMetricsFile(path: string, page: Page, failed: (reason: string) => void): MetricsFile {
  let timer: NodeJS.Timeout | undefined;
  let [isWell, isClosed] = [true, false];
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    timer = undefined;
    try {
      await replace(path, await page());
      isWell = true;
    } catch (error) {
      if (isWell) failed(error instanceof Error ? error.message : String(error));
      isWell = false;
    }
  };
  return {
    renew: () => {
      if (isClosed || timer !== undefined) return;
      timer = setTimeout(() => {
        writing = write();
      }, PAUSE_MS);
      timer.unref();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      await rm(path, { force: true });
    },
  };
}

/** By rename: a collector reads the old file or the new one. The other name does not end in .prom, so it is not read. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text);
  // Said again: a service has a umask of its own.
  await chmod(temporary, MODE);
  await rename(temporary, path);
}
