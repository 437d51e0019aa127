/** A Session without files: the real loop on a simulated kernel and an in-memory store. */
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import type { Journal, Session } from '../../reconciler/loop/node/session.ts';
import { ok } from '../../reconciler/model/result.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { wholeLibrary } from '../document/support/whole-library.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { BOOT } from './node.ts';

/** A Session whose parts a test can inspect. */
export type MemorySession = Session & {
  readonly store: MemoryStore;
  readonly kernel: SimulatedKernel;
  readonly journal: Journal & { readonly wasOpened: () => boolean };
};

/** Returns a session around the kernel, with this document; `at` is the present time and may be changed. */
export function createMemorySession(
  kernel: SimulatedKernel,
  document: VnetDocument | undefined,
  at: { now: Date; bootId?: string } = { now: new Date('2026-11-21T12:00:00.000Z') },
): MemorySession {
  let undoPlan: Parameters<Journal['open']>[0] | undefined;
  let wasOpened = false;
  return {
    kernel,
    store: createMemoryStore(document, 'node-1'),
    library: wholeLibrary,
    rounds: { hold: (_mode, work) => work() },
    journal: {
      pending: () => ok(undoPlan),
      open: (changes) => {
        undoPlan = changes;
        wasOpened = true;
        return ok(undefined);
      },
      close: () => {
        undoPlan = undefined;
        return ok(undefined);
      },
      wasOpened: () => wasOpened,
    },
    now: () => at.now,
    sleep: () => undefined,
    bootId: at.bootId ?? BOOT,
    nodeName: 'node-1',
  };
}
