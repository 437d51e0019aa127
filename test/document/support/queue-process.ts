/** Waits for a lock and prints its name when it has it: `queue-process.ts LOCK NAME`. */
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { holdLock } from '../../../reconciler/os/lock.ts';
import { appendFileSync } from 'node:fs';
import { ok } from '../../../reconciler/model/result.ts';

const [path = '', name = '', said = ''] = process.argv.slice(2);
holdLock(createSys(), { path, mode: 'exclusive', who: name }, () => {
  appendFileSync(said, `${name}\n`);
  return ok(undefined);
});
