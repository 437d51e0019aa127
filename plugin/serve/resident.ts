/** State that a server keeps between calls. Not loaded by a process that runs a single call. */
import { loadResidentExtras } from '#sys';
import { openLinuxKernel } from '../../reconciler/app/kernel/linux-kernel.ts';
import { documentCache, type ResidentCache } from '../../reconciler/document/store/cache.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import type { Resident } from '../main.ts';
import { Batches } from './batches.ts';
import type { CreationQueue } from '../host.ts';

/**
 * Returns the kept state: kernel sockets, the document last read or written, and the queue of batched
 * effects. Code that only later calls use is loaded after the first.
 */
export function createResident(sys: Sys, environment: Environment): Resident {
  const own = { ...sys };
  const cache = documentCache(sys);
  setTimeout(() => {
    loadExtras(sys, cache).then(
      (more) => void Object.assign(own, more),
      () => undefined,
    );
  }, SOON_MS).unref();
  const kernel = openLinuxKernel(own, 'resident', environment);
  const { perform, noteCall } = new Batches(setImmediate);
  return {
    kernel,
    cache,
    later: setImmediate,
    perform,
    noteCall,
    nodes: new Map(),
    createCreationQueue,
  };
}

async function loadExtras(sys: Sys, cache: ResidentCache): Promise<Pick<Sys, 'sendDetached'>> {
  const { sendDetached, swap } = await loadResidentExtras(sys);
  if (swap !== undefined) {
    const { replaceBySpare } = await import('../../reconciler/os/spare-file.ts');
    cache.replaceFile = replaceBySpare(swap);
  }
  return omitUndefined({ sendDetached });
}

/** Units: milliseconds. */
const SOON_MS = 20;

/** Returns a queue without a running creation. */
export function createCreationQueue(): CreationQueue {
  const running = new Map<string, { readonly ended: Promise<boolean>; readonly end: () => void }>();
  return {
    wait: (network) => {
      const other = running.get(network);
      if (other !== undefined) return other.ended;
      const resolvers: (() => void)[] = [];
      const ended = new Promise<boolean>((resolve) => void resolvers.push(() => resolve(true)));
      running.set(network, { ended, end: () => resolvers.forEach((resolve) => resolve()) });
      return Promise.resolve(false);
    },
    end: (network) => {
      running.get(network)?.end();
      running.delete(network);
    },
  };
}
