/** A process of the concurrency test: attaches `count` endpoints in turn, and answers with its exit code. */
import { createStore } from '../../../reconciler/document/store/store.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { endpointOf, idOf } from './samples.ts';
import { wholeLibrary } from './whole-library.ts';

const [directory = '', first = '', count = ''] = process.argv.slice(2);
const paths = { document: `${directory}/state/vnet.yaml`, runDirectory: `${directory}/run` };
// Waiting time is not tested here: on a busy machine, 20 processes need long.
const options = { library: wholeLibrary, lockTimeoutMs: 300_000 };
const store = createStore(createSys(), paths, 'node-1', options);

for (let index = Number(first); index < Number(first) + Number(count); index += 1) {
  const result = store.transact(`attach ${index}`, (snapshot) => {
    // As in allocation: the value depends on the document read under the lock.
    const place = Object.keys(snapshot?.document.endpoints ?? {}).length;
    const edit = { endpoints: new Map([[idOf(index), { ...endpointOf(place), hostVeth: `azv${index}` }]]) };
    return ok({ edit, value: undefined });
  });
  if (!result.ok) {
    process.stderr.write(`${JSON.stringify(result.error)}\n`);
    process.exitCode = 1;
  }
}
