import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Conflist, readConflist } from '../../reconciler/cni/conflist.ts';
import { err, failure, type Result } from '../../reconciler/model/result.ts';

/** Returns the list that a runtime would use: the first *.conflist file in lexical order. */
export function loadConflist(folder: string): Result<Conflist> {
  const [first] = readdirSync(folder)
    .filter((name) => name.endsWith('.conflist'))
    .toSorted();
  return first === undefined
    ? err(failure('not-found', `read ${folder}`, 'no *.conflist file found'))
    : readConflist(join(folder, first));
}
