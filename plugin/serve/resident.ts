/** What stays from call to call in a process that answers many. Loaded by no call that is done by its own process. */
import { withSendApart } from '#sys';
import { openResidentKernel } from '../../reconciler/app/world.ts';
import { memoryOf } from '../../reconciler/document/store/memory.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';
import type { Resident } from '../main.ts';
import { Batches } from './batches.ts';
import { createTurns } from './turns.ts';

/**
 * Returns what stays from call to call: the kernel's sockets, what was last read or written of the document, and what waits to be
 * done together with others. The first call does not wait for what only later ones have something of.
 */
export function createResident(sys: Sys): Resident {
  const own = { ...sys };
  setTimeout(() => {
    withSendApart(sys).then(
      (more) => void Object.assign(own, more),
      () => undefined,
    );
  }, SOON_MS).unref();
  const kernel = openResidentKernel(own);
  const { perform, noteCall } = new Batches(setImmediate);
  return {
    kernel,
    memory: memoryOf(sys),
    later: setImmediate,
    perform,
    noteCall,
    nodes: new Map(),
    createTurns,
  };
}

/** Units: milliseconds. */
const SOON_MS = 20;
