/** Waits for a lock and prints its name when it has it: `queue-process.ts LOCK NAME`. */
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { holdLock } from '../../../reconciler/os/lock.ts';
import { appendFileSync } from 'node:fs';
import { ok } from '../../../reconciler/model/result.ts';

const [path = '', name = '', said = ''] = process.argv.slice(2);
// Longer than a busy machine takes to start all that wait behind one holder.
const timeoutMs = 600_000;
holdLock(createSys(), { path, mode: 'exclusive', who: name, timeoutMs }, () => {
  appendFileSync(said, `${name}\n`);
  return ok(undefined);
});
