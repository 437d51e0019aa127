/** Changes the kernel, one object at a time and in the order asked for. */
import type { Change, Kernel } from '../model/kernel.ts';
import { assertNever, err, failure, ok } from '../model/result.ts';
import { keyOf } from '../model/state.ts';
import type { NetObject } from '../model/state.ts';
import type { Sys } from '../model/sys.ts';
import { createAddressOn, deleteAddressOn, updateAddressOn } from './apply-address.ts';
import { applyElements, applyTable, deleteTableOf } from './apply-nft.ts';
import {
  createFdbOn,
  createNeighbourOn,
  deleteFdbOn,
  deleteNeighbourOn,
  replaceNeighbourOn,
} from './apply-neighbour.ts';
import { createLinkIn, deleteLinkIn } from './apply-link.ts';
import { updateLinkIn } from './apply-link-fields.ts';
import { createRouteOn, deleteRouteOn, replaceRouteOn } from './apply-route.ts';
import { observe } from './observe.ts';
import { orAbsent } from './read.ts';
import { Sockets } from './sockets.ts';
import { applySysctl } from './sysctl.ts';
import type { Applied, Nft, Workshop } from './workshop.ts';

/**
 * Returns the kernel of this machine. The node is the namespace that the calling thread is in.
 * Shape: `nft` runs the scripts that make the table (loadNft() gives it); without it, making the table is
 * `unsupported`. Everything else, elements included, is spoken with the kernel itself.
 */
export function createKernel(sys: Sys, nft?: Nft): Kernel {
  const sockets = new Sockets(sys, { readOnly: false });
  return {
    observe: (scope) => observe(sockets, scope),
    apply: (changes) => apply({ sockets, indexes: new Map(), nft }, changes),
    close: () => sockets.close(),
  };
}

function apply(workshop: Workshop, changes: readonly Change[]): Applied[] {
  const results: Applied[] = [];
  while (results.length < changes.length) {
    const batch = leadingElements(changes.slice(results.length));
    const change = changes[results.length];
    if (batch.length > 0) results.push(...applyElements(workshop, batch));
    else if (change !== undefined) results.push(applyOne(workshop, change));
  }
  // An open socket would keep the namespace of a deleted pod alive.
  workshop.sockets.closePods();
  return results;
}

function leadingElements(changes: readonly Change[]): Change[] {
  const end = changes.findIndex((change) => subjectOf(change).kind !== 'nft-element');
  return changes.slice(0, end < 0 ? changes.length : end);
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
      return update(workshop, change.want, change.fields);
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

function update(workshop: Workshop, want: NetObject, fields: readonly string[]): Applied {
  switch (want.kind) {
    case 'link':
      return updateLinkIn(workshop, want, fields);
    case 'address':
      return updateAddressOn(workshop, want, fields);
    case 'route':
      return replaceRouteOn(workshop, want);
    case 'neighbour':
      return replaceNeighbourOn(workshop, want);
    case 'fdb':
    case 'sysctl':
    case 'nft-table':
    case 'nft-element':
      return create(workshop, want, undefined);
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
      const hint = 'Give it another value instead.';
      return err(failure('unsupported', `delete ${keyOf(have)}`, "a setting can't be deleted", { hint }));
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
