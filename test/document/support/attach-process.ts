/** A process of the concurrency test: attaches `count` endpoints one after the other, and answers with its exit code. */
import { createStore } from '../../../reconciler/document/store/store.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { endpointOf, idOf } from './samples.ts';
import { wholeLibrary } from './whole-library.ts';

const [directory = '', first = '', count = ''] = process.argv.slice(2);
const paths = { document: `${directory}/state/vnet.yaml`, runDirectory: `${directory}/run` };
// Who waits how long is not what is tried: on a busy machine 20 of these take their time.
const options = { library: wholeLibrary, lockTimeoutMs: 300_000 };
const store = createStore(createSys(), paths, 'node-1', options);

for (let index = Number(first); index < Number(first) + Number(count); index += 1) {
  const result = store.transact(`attach ${index}`, (snapshot) => {
    // As allocation does: what is taken follows from what was read under the lock.
    const place = Object.keys(snapshot?.document.endpoints ?? {}).length;
    const edit = { endpoints: new Map([[idOf(index), { ...endpointOf(place), hostVeth: `azv${index}` }]]) };
    return ok({ edit, value: undefined });
  });
  if (!result.ok) {
    process.stderr.write(`${JSON.stringify(result.error)}\n`);
    process.exitCode = 1;
  }
}
