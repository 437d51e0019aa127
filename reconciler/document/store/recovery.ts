/** Library part with full YAML support: saved, submitted and lost documents. */
import type { SlowPath } from '../slow-path.ts';
import { slowPath } from '../yaml/slow.ts';
import { createVersion, editVersion } from './edit-version.ts';
import { recover } from './recover.ts';
import type { Recovery } from './current.ts';
import { discardSave, submitText } from './submit.ts';

/** Returns the recovery on this slow path. */
export function createRecovery(slow: SlowPath = slowPath): Recovery {
  return {
    slow,
    edit: (file, base, edit) => editVersion({ slow, file }, base, edit),
    create: (file, contents) => createVersion({ slow, file }, contents),
    recover: (place, input) => recover(place, { slow, file: place.file }, input),
    submit: (place, request) => submitText(place, { slow, file: place.file }, request),
    discard: discardSave,
  };
}
