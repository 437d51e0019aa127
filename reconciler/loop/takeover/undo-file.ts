/** The undo plan of a takeover, on disk in the run directory. */
import type { Change } from '../../model/ports/kernel.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { systemFailure } from '../../os/system-error.ts';
import { ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import type { Journal } from '../node/session.ts';

/**
 * Returns the journal kept at `path`.
 * The file is JSON, a list of changes; it is written beside itself, synced and renamed, so that it is whole or absent.
 */
export function createJournal(sys: Sys, path: string): Journal {
  return {
    pending: () => readJournal(sys, path),
    open: (undoPlan) => writeJournal(sys, path, undoPlan),
    close: () => {
      const gone = sys.unlink(path);
      return gone >= 0 || gone === -ERRNO.ENOENT ? ok(undefined) : refused(`remove ${path}`, gone);
    },
  };
}

function readJournal(sys: Sys, path: string): Result<readonly Change[] | undefined> {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd === -ERRNO.ENOENT) return ok(undefined);
  if (fd < 0) return refused(`open ${path}`, fd);
  try {
    const bytes = sys.readAll(fd);
    if (typeof bytes === 'number') return refused(`read ${path}`, bytes);
    const changes = parseChanges(new TextDecoder().decode(bytes));
    return changes === undefined ? unreadable(path) : ok(changes);
  } finally {
    sys.close(fd);
  }
}

function parseChanges(text: string): readonly Change[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isChange) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Written whole by vnet alone, in a directory of root's: that it has its objects says enough. */
function isChange(value: unknown): value is Change {
  if (!isRecord(value)) return false;
  const { verb, want, have } = value;
  const [isWanted, isHad] = [want, have].map(
    (object) => isRecord(object) && typeof object['kind'] === 'string',
  );
  if (verb === 'create') return isWanted === true;
  if (verb === 'delete') return isHad === true;
  return verb === 'update' && isWanted === true && isHad === true && Array.isArray(value['fields']);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Treating it as missing would lose the node's previous state. */
function unreadable(path: string): Result<never> {
  return err(
    failure('invalid', `read ${path}`, 'a takeover is incomplete, and its rollback plan is unreadable', {
      hint: `Check uplink and bridge with ip link, ip address and ip route, and correct them; then rm ${path} and run vnet reconcile. Nothing was changed.`,
    }),
  );
}

function writeJournal(sys: Sys, path: string, undoPlan: readonly Change[]): Result<void> {
  const directory = path.slice(0, path.lastIndexOf('/'));
  const made = sys.mkdir(directory, 0o700);
  if (made < 0 && made !== -ERRNO.EEXIST) return refused(`make ${directory}`, made);
  const temporary = `${path}.new`;
  const flags = FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_TRUNC | FLAGS.O_CLOEXEC;
  const fd = sys.open(temporary, flags, 0o600);
  if (fd < 0) return refused(`open ${temporary}`, fd);
  const bytes = new TextEncoder().encode(JSON.stringify(undoPlan));
  const written = sys.write(fd, bytes);
  const synced = written === bytes.length ? sys.fdatasync(fd) : -ERRNO.ENOSPC;
  sys.close(fd);
  const renamed = synced < 0 ? synced : sys.rename(temporary, path);
  return renamed < 0 ? refused(`write ${path}`, renamed) : ok(undefined);
}

function refused(step: string, result: number): Result<never> {
  return err(systemFailure(step, result));
}
