/** What stays from call to call in a process that answers many. Loaded by no call that is done by its own process. */
import { withSendDetached } from '#sys';
import { openLinuxKernel } from '../../reconciler/app/kernel/linux-kernel.ts';
import { memoryOf } from '../../reconciler/document/store/memory.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import type { Resident } from '../main.ts';
import { Batches } from './batches.ts';
import { createTurns } from './turns.ts';

/**
 * Returns what stays from call to call: the kernel's sockets, what was last read or written of the document, and what waits to be
 * done together with others. The first call does not wait for what only later ones have something of.
 */
export function createResident(sys: Sys, environment: Environment): Resident {
  const own = { ...sys };
  setTimeout(() => {
    withSendDetached(sys).then(
      (more) => void Object.assign(own, more),
      () => undefined,
    );
  }, SOON_MS).unref();
  const kernel = openLinuxKernel(own, 'resident', environment);
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
