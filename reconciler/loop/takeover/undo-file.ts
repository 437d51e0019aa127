/** The undo plan of a takeover, on disk in the run directory. */
import type { Change } from '../../model/ports/kernel.ts';
import { err, type Failure, failure, ok } from '../../model/result.ts';
import { isRecord } from '../../model/objects.ts';
import { ERRNO, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import { encodeJson, readJson, replaceFile } from '../../os/file.ts';
import type { Journal } from '../node/session.ts';

/** Returns the journal at `path`: a JSON list of changes. */
export function createJournal(sys: Sys, path: string): Journal {
  return {
    pending: () => readJson(sys, path, isChanges, unreadable(path)),
    open: (undoPlan) => replaceFile(sys, path, encodeJson(undoPlan)),
    close: () => {
      const gone = sys.unlink(path);
      return gone >= 0 || gone === -ERRNO.ENOENT ? ok(undefined) : err(failureOf(gone, `remove ${path}`));
    },
  };
}

function isChanges(value: unknown): value is readonly Change[] {
  return Array.isArray(value) && value.every(isChange);
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

/** Treating it as missing would lose the node's previous state. */
function unreadable(path: string): Failure {
  return failure('invalid', `read ${path}`, 'a takeover is incomplete, and its rollback plan is unreadable', {
    hint: `Nothing was changed. Check uplink and bridge (ip link, ip address, ip route); then rm ${path} and run vnet reconcile.`,
  });
}
