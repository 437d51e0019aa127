/** Changes the kernel in the order asked for. */
import type { Change, Kernel } from '../../model/ports/kernel.ts';
import type { Part } from '../../model/part.ts';
import { assertNever, err, failure, ok } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import type { NetObject } from '../../model/state.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { createAddressOn, deleteAddressOn, updateAddressOn } from './address.ts';
import { createEntries, createPairs, isEntry, isPair } from './batch.ts';
import { deleteLinks, isRemoval } from './deletion.ts';
import { applyElements, applyTable, deleteTableOf } from './nft.ts';
import {
  createFdbOn,
  createNeighbourOn,
  deleteFdbOn,
  deleteNeighbourOn,
  replaceNeighbourOn,
} from './neighbour.ts';
import { createLinkIn, deleteLinkIn } from './link.ts';
import { updateLinkIn } from './link-fields.ts';
import { createRouteOn, deleteRouteOn, replaceRouteOn } from './route.ts';
import { observe } from '../observe/observe.ts';
import { orAbsent } from '../read.ts';
import { Sockets } from '../sockets.ts';
import { applySysctl } from '../sysctl.ts';
import type { Applied, ApplyOne, Nft, Workshop } from './context.ts';
import { noteLinks } from './context.ts';

/**
 * Returns the kernel of this machine. The node is the namespace that the calling thread is in.
 * Shape: `isBrief` is for a process that serves one pod and ends, with `stays` for one that serves one after the other. `nft` runs the scripts that make the table and is loaded when the first one is to be made; without it, making
 * the table is `unsupported`. Everything else, elements included, is spoken with the kernel itself.
 */
export function createKernel(sys: Sys, nft?: Part<Nft>, { isBrief = false, stays = false } = {}): Kernel {
  const sockets = new Sockets(sys, { readOnly: false, isBrief, stays });
  return {
    observe: (scope) => observe(sockets, scope),
    // For one pod, and at once: what was just observed need not be looked up again for each change.
    apply: (changes) => apply({ sockets, indexes: isBrief ? sockets.indexes : new Map(), nft }, changes),
    leavePods: () => sockets.closePods(),
    close: () => sockets.close(),
  };
}

/** What is done faster together: the changes that follow one another and are of one sort. */
const TOGETHER: readonly {
  readonly takes: (change: Change) => boolean;
  readonly apply: (workshop: Workshop, changes: readonly Change[], applyOne: ApplyOne) => Applied[];
}[] = [
  { takes: (change) => subjectOf(change).kind === 'nft-element', apply: applyElements },
  { takes: isPair, apply: createPairs },
  { takes: isEntry, apply: createEntries },
  { takes: isRemoval, apply: deleteLinks },
];

function apply(workshop: Workshop, changes: readonly Change[]): Applied[] {
  noteLinks(workshop, changes.map(subjectOf));
  const results: Applied[] = [];
  for (let start = 0; start < changes.length; start = results.length) {
    const run = runAt(changes, start);
    if (run.apply !== undefined) results.push(...run.apply(workshop, run.changes, applyOne));
    else for (const change of run.changes) results.push(applyOne(workshop, change));
  }
  // An open socket would keep the namespace of a deleted pod alive.
  workshop.sockets.leavePods();
  return results;
}

/** Returns the changes from `start` on that go together, at least one, and how, when they are several. */
function runAt(
  changes: readonly Change[],
  start: number,
): { readonly changes: readonly Change[]; readonly apply: (typeof TOGETHER)[number]['apply'] | undefined } {
  const isOf = (sort: (typeof TOGETHER)[number], at: number): boolean => {
    const change = changes[at];
    return change !== undefined && sort.takes(change);
  };
  const sort = TOGETHER.find((one) => isOf(one, start));
  let end = start + 1;
  if (sort !== undefined) while (isOf(sort, end)) end += 1;
  return { changes: changes.slice(start, end), apply: end > start + 1 ? sort?.apply : undefined };
}

/** Returns the object that the change is about. */
function subjectOf(change: Change): NetObject {
  return change.verb === 'delete' ? change.have : change.want;
}

function applyOne(workshop: Workshop, change: Change): Applied {
  switch (change.verb) {
    case 'create':
      return create(workshop, change.want, change.peer);
    case 'update':
      return update(workshop, change);
    case 'delete':
      return destroy(workshop, change.have);
    default:
      return assertNever(change);
  }
}

function create(workshop: Workshop, want: NetObject, peer: NetObject | undefined): Applied {
  switch (want.kind) {
    case 'link':
      return createLinkIn(workshop, want, peer);
    case 'address':
      return createAddressOn(workshop, want);
    case 'route':
      return createRouteOn(workshop, want);
    case 'neighbour':
      return createNeighbourOn(workshop, want);
    case 'fdb':
      return createFdbOn(workshop, want);
    case 'sysctl':
      return applySysctl(workshop.sockets, want);
    case 'nft-table':
      return applyTable(workshop, want);
    case 'nft-element':
      return applyElements(workshop, [{ verb: 'create', want }])[0] ?? ok('unchanged');
    default:
      return assertNever(want);
  }
}

function update(workshop: Workshop, change: Extract<Change, { verb: 'update' }>): Applied {
  const { want, fields } = change;
  switch (want.kind) {
    case 'link':
      return updateLinkIn(workshop, change, want);
    case 'address':
      return updateAddressOn(workshop, want, fields);
    case 'route':
      return replaceRouteOn(workshop, want);
    case 'neighbour':
      return replaceNeighbourOn(workshop, want);
    case 'fdb':
    case 'sysctl':
    case 'nft-table':
      return create(workshop, want, undefined);
    case 'nft-element':
      return applyElements(workshop, [change])[0] ?? ok('unchanged');
    default:
      return assertNever(want);
  }
}

function destroy(workshop: Workshop, have: NetObject): Applied {
  switch (have.kind) {
    case 'link':
      return absentIsDone(deleteLinkIn(workshop, have));
    case 'address':
      return absentIsDone(deleteAddressOn(workshop, have));
    case 'route':
      return absentIsDone(deleteRouteOn(workshop, have));
    case 'neighbour':
      return absentIsDone(deleteNeighbourOn(workshop, have));
    case 'fdb':
      return absentIsDone(deleteFdbOn(workshop, have));
    case 'sysctl': {
      const hint = 'Set another value instead.';
      return err(failure('unsupported', `delete ${keyOf(have)}`, 'a sysctl cannot be deleted', { hint }));
    }
    case 'nft-table':
      return absentIsDone(deleteTableOf(workshop, have));
    case 'nft-element':
      return applyElements(workshop, [{ verb: 'delete', have }])[0] ?? ok('unchanged');
    default:
      return assertNever(have);
  }
}

/** What is not there, or in no namespace that is there, is deleted. */
function absentIsDone(result: Applied): Applied {
  return orAbsent(result, 'unchanged' as const);
}
