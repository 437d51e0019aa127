/** The undo plan of a takeover, on disk in the run directory. */
import type { Change } from '../../model/ports/kernel.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { ERRNO, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import { readPath, replaceFile } from '../../os/file.ts';
import type { Journal } from '../node/session.ts';

/** Returns the journal at `path`: a JSON list of changes. */
export function createJournal(sys: Sys, path: string): Journal {
  return {
    pending: () => readJournal(sys, path),
    open: (undoPlan) => replaceFile(sys, path, new TextEncoder().encode(JSON.stringify(undoPlan))),
    close: () => {
      const gone = sys.unlink(path);
      return gone >= 0 || gone === -ERRNO.ENOENT ? ok(undefined) : err(failureOf(gone, `remove ${path}`));
    },
  };
}

function readJournal(sys: Sys, path: string): Result<readonly Change[] | undefined> {
  const bytes = readPath(sys, path);
  if (!bytes.ok || bytes.value === undefined) return bytes.ok ? ok(undefined) : bytes;
  const changes = parseChanges(new TextDecoder().decode(bytes.value));
  return changes === undefined ? unreadable(path) : ok(changes);
}

function parseChanges(text: string): readonly Change[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isChange) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only vnet writes it, as a whole, in a directory of root: checking that its objects exist is enough. */
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
