/** Applies changes to the kernel in the given order. */
import { type Change, type Kernel, subjectOf } from '../../model/ports/kernel.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { assertNever } from '../../model/result.ts';
import { HOST, type NetnsPath } from '../../model/state.ts';
import { loadedWires, loadRareWires, wireOf } from '../kinds/registry.ts';
import type { Batch } from '../kinds/wire.ts';
import { observe } from '../observe/observe.ts';
import { orAbsent } from '../read.ts';
import { type Lifetime, Sockets } from '../sockets.ts';
import { createAlone } from './batch.ts';
import { type Applied, type ApplyContext, type Nft, cacheLinkIndexes } from './context.ts';

/**
 * Returns the kernel of this machine, without the kinds that few CNI calls need until prepare(). The node is the namespace that
 * the calling thread is in.
 * Shape: `nft` runs the scripts that make the table; without it, making the table is `unsupported`. Everything else, elements included,
 * is spoken with the kernel itself.
 */
export function createCallKernel(sys: Sys, nft: Nft | undefined, lifetime: Lifetime): Kernel {
  const sockets = new Sockets(sys, { readOnly: false, lifetime });
  return {
    observe: (scope) => observe(sockets, scope),
    // One-shot processes reuse the indexes of the last observation instead of looking them up for each change.
    apply: (changes) =>
      apply({ sockets, indexes: lifetime === 'round' ? new Map() : sockets.indexes, nft }, changes),
    prepare: async () => {
      await Promise.all([loadRareWires(), nft?.load?.()]);
    },
    leavePods: () => sockets.closePods(),
    close: () => sockets.close(),
  };
}

/** Consecutive changes of one sort that are faster together. */
const BATCHES: readonly Batch[] = [
  ...loadedWires().flatMap(({ batches }) => batches ?? []),
  {
    takes: (change) => {
      if (change.verb !== 'create') return false;
      return wireOf(change.want)[requestMethodIn(change.want.netns)] !== undefined;
    },
    apply: (context, changes, one) =>
      createAlone(context, changes, {
        applyOne: one,
        requestOf: (change) => {
          const want = subjectOf(change);
          return wireOf(want)[requestMethodIn(want.netns)]?.(context, want);
        },
      }),
  },
];

function requestMethodIn(netns: NetnsPath): 'request' | 'podRequest' {
  return netns === HOST ? 'request' : 'podRequest';
}

function apply(context: ApplyContext, changes: readonly Change[]): Applied[] {
  cacheLinkIndexes(context, changes.map(subjectOf));
  const results: Applied[] = [];
  for (let start = 0; start < changes.length; start = results.length) {
    const run = runAt(changes, start);
    if (run.batch !== undefined) results.push(...run.batch.apply(context, run.changes, applyOne));
    else for (const change of run.changes) results.push(applyOne(context, change));
  }
  // An open socket would keep the namespace of a deleted pod alive.
  context.sockets.leavePods();
  return results;
}

/**
 * Returns the longest run of changes from `start` on that form a batch, at least one, and the batch if there
 * are several.
 */
function runAt(
  changes: readonly Change[],
  start: number,
): { readonly changes: readonly Change[]; readonly batch: Batch | undefined } {
  const isOf = (batch: Batch, at: number): boolean => {
    const change = changes[at];
    return change !== undefined && batch.takes(change);
  };
  const batch = BATCHES.find((one) => isOf(one, start));
  let end = start + 1;
  if (batch !== undefined) while (isOf(batch, end)) end += 1;
  return { changes: changes.slice(start, end), batch: end > start + 1 ? batch : undefined };
}

function applyOne(context: ApplyContext, change: Change): Applied {
  const wire = wireOf(subjectOf(change));
  switch (change.verb) {
    case 'create':
      return wire.create(context, change.want, change.peer);
    case 'update':
      return wire.change(context, change);
    case 'delete':
      // An absent object, or one in a namespace that is gone, counts as deleted.
      return orAbsent(wire.remove(context, change.have), 'unchanged' as const);
    default:
      return assertNever(change);
  }
}
