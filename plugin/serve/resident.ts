/** State that a server keeps between calls. Not loaded by a process that runs a single call. */
import { withSendDetached } from '#sys';
import { openLinuxKernel } from '../../reconciler/app/kernel/linux-kernel.ts';
import { documentCache } from '../../reconciler/document/store/cache.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import type { Resident } from '../main.ts';
import { Batches } from './batches.ts';
import { createTurns } from './turns.ts';

/**
 * Returns the kept state: kernel sockets, the document last read or written, and the queue of batched
 * effects. Code that only later calls use is loaded after the first.
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
    cache: documentCache(sys),
    later: setImmediate,
    perform,
    noteCall,
    nodes: new Map(),
    createTurns,
  };
}

/** Units: milliseconds. */
const SOON_MS = 20;
