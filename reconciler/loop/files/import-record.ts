/** The record of an import beside the document, and azure-vnet's own locks, held while it lasts. */
import { encodeJson, parentOf, readJson, readText, replaceFile } from '../../os/file.ts';
import { failureOf } from '../../os/errno.ts';
import { err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import type { ImportRecord, ImportRecords } from '../import/import.ts';
import { ofFormat } from '../../model/objects.ts';

/** Returns the records in the directory: one file, import.json. */
export function createImportRecords(sys: Sys, stateDirectory: string): ImportRecords {
  const path = `${stateDirectory}/import.json`;
  return {
    read: () => {
      const hint = 'Move the file elsewhere. An import in progress is then no longer recognised.';
      const foreign = failure('invalid', `read ${path}`, 'not an import record', { hint });
      return readJson(sys, path, isImportRecord, foreign);
    },
    write: (record) => replaceFile(sys, path, encodeJson(record, 2)),
  };
}

const isImportRecord = ofFormat<ImportRecord>('vnet.import/1');

/** Where azure-vnet stores its locks. Shape: `files` are the imported state files. */
export type AzureLockPlaces = { readonly runDirectory: string; readonly files: readonly string[] };

/** Held locks; they also end with their holder. */
export type AzureLocks = { readonly release: () => void };

/**
 * Returns azure-vnet's locks, held: they exclude azure-vnet and its IPAM. Locks of 1.2 and later are taken;
 * those of older versions are checked.
 * Errors: `refused` if one is in use.
 */
export function takeAzureLocks(sys: Sys, { runDirectory, files }: AzureLockPlaces): Result<AzureLocks> {
  const run = parentOf(runDirectory);
  const markers = ['azure-vnet.json', 'azure-vnet-ipam.json'].map((name) => `${run}/${name}`);
  const marked = [...new Set([...files, ...markers])].map((file) => `${file}.lock`);
  const busy = marked.map((path) => holderOf(sys, path)).find((holder) => holder !== undefined);
  if (busy !== undefined) return err(busy);
  const held: number[] = [];
  const release = (): void => {
    for (const fd of held.splice(0)) sys.close(fd);
  };
  for (const name of ['azure-vnet.lock', 'azure-vnet-ipam.lock']) {
    const lock = take(sys, `${run}/azure-vnet/${name}`);
    if (!lock.ok) {
      release();
      return lock;
    }
    if (lock.value !== undefined) held.push(lock.value);
  }
  return ok({ release });
}

/** Returns the lock, held. Errors: `refused` if it is in use. */
export function takePluginLock(sys: Sys, path: string): Result<AzureLocks> {
  const lock = take(sys, path);
  if (!lock.ok) return lock;
  const { value } = lock;
  return ok({ release: () => void (value === undefined ? 0 : sys.close(value)) });
}

/** The lock of 1.0 and 1.1 is the file itself, with the process ID; a dead process's does not count. */
function holderOf(sys: Sys, path: string): Failure | undefined {
  const pid = readText(sys, path)?.trim() ?? '';
  const isAlive = /^\d+$/.test(pid) && typeof sys.stat(`/proc/${pid}`) !== 'number';
  return isAlive ? atWork(path, `held by process ${pid}`) : undefined;
}

/** Undefined if azure-vnet never ran in that version: then it has no lock. */
function take(sys: Sys, path: string): Result<number | undefined> {
  const fd = sys.open(path, FLAGS.O_RDWR | FLAGS.O_CREAT | FLAGS.O_CLOEXEC, 0o600);
  if (fd === -ERRNO.ENOENT) return ok(undefined);
  if (fd < 0) return err(failureOf(fd, `open ${path}`));
  const locked = sys.flock(fd, FLAGS.LOCK_EX | FLAGS.LOCK_NB);
  if (locked >= 0) return ok(fd);
  sys.close(fd);
  return err(
    locked === -ERRNO.EAGAIN ? atWork(path, 'held by another process') : failureOf(locked, `lock ${path}`),
  );
}

function atWork(path: string, message: string): Failure {
  return failure('refused', `lock ${path}`, `${message}: another plugin is running`, {
    hint: 'A pod is starting or stopping: rerun the import afterwards. Nothing was changed.',
  });
}
