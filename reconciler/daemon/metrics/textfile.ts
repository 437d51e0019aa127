/** Metrics as a file, for the textfile collector of node_exporter. */
import { thrownMessage } from '../../model/result.ts';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import type { MetricsPage } from './listen.ts';

/**
 * Contended objects cause many rounds a second; a collector reads about four times a minute.
 * Units: milliseconds.
 */
const PAUSE_MS = 1000;

/** Written by root, read by the exporter's own user. */
const MODE = 0o644;

/** A file that is kept up to date. */
export type MetricsFile = {
  /** Schedules a write of the file. */
  readonly renew: () => void;
  /** Stops writing and removes the file, so that it is not taken for current. */
  readonly close: () => Promise<void>;
};

/** Returns the writer of the file; `failed` receives the first error of a series of failed writes. */
export function openMetricsFile(
  path: string,
  page: MetricsPage,
  failed: (reason: string) => void,
): MetricsFile {
  let timer: NodeJS.Timeout | undefined;
  let [isWell, isClosed] = [true, false];
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    timer = undefined;
    try {
      await replace(path, await page());
      isWell = true;
    } catch (error) {
      if (isWell) failed(thrownMessage(error));
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

/**
 * Renamed into place, so that the collector sees a complete file. The temporary name does not end in .prom
 * and is not read.
 */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text);
  // Independent of the service's umask.
  await chmod(temporary, MODE);
  await rename(temporary, path);
}
