/** Changes addresses of interfaces. */
import { ok } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import type { AddressObject } from '../../model/state.ts';
import { normaliseAddress } from '../../model/addresses/address.ts';
import { createAddress, deleteAddress, replaceAddress } from '../netlink/address.ts';
import type { AddressSpec } from '../netlink/address.ts';
import { deleteRoute, prefixRouteOf, prependRoute } from '../netlink/route.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Result } from '../../model/result.ts';
import { addressObject, firstDifference } from '../objects.ts';
import { readAddresses, readLinkByIndex } from '../read.ts';
import type { Applied, Bench, Workshop } from './context.ts';
import { benchOf, changed, existing } from './context.ts';

/** Ensures the address. Errors: `exists` when it is there otherwise than wanted. */
export function createAddressOn(workshop: Workshop, want: AddressObject): Applied {
  const step = `add ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const added = bench.value.socket.request(createAddress(specOf(want, bench.value)), step);
  if (added.ok || added.error.code !== 'exists') return changed(added);
  const have = find(bench.value, want);
  if (!have.ok) return have;
  return have.value === undefined ? added : existing(have.value, want, step);
}

/**
 * Ensures the named fields of the address. Metric and prefix route are changed in place, but IPv4 keeps everything
 * else that it was given at first: then the address is removed and added again in one datagram.
 */
export function updateAddressOn(workshop: Workshop, want: AddressObject, fields: readonly string[]): Applied {
  const step = `change ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const have = find(bench.value, want);
  if (!have.ok) return have;
  const spec = specOf({ ...have.value, ...want }, bench.value);
  const { socket } = bench.value;
  const differs = have.value === undefined || firstDifference(have.value, want, fields) !== undefined;
  const isInPlace = fields.every((field) => field === 'metric' || field === 'prefixRoute');
  const updated: Applied = differs
    ? change(socket, spec, have.value === undefined || isInPlace, step)
    : ok('unchanged');
  const isWanted = want.prefixRoute === true;
  if (!updated.ok || !fields.includes('prefixRoute') || (isWanted && have.value === undefined))
    return updated;
  const routed = setPrefixRoute(socket, spec, isWanted, step);
  return routed.ok && routed.value === 'unchanged' ? updated : routed;
}

function change(socket: NetlinkSocket, spec: AddressSpec, isInPlace: boolean, step: string): Applied {
  if (isInPlace) return changed(socket.request(replaceAddress(spec), step));
  const requests = [deleteAddress(spec), createAddress(spec)];
  const [, added = ok(undefined)] = socket.requests(requests, step);
  return changed(added);
}

/** The kernel makes the route with the address and when the interface comes up, and never again while that stays up. */
function setPrefixRoute(socket: NetlinkSocket, spec: AddressSpec, isWanted: boolean, step: string): Applied {
  const route = prefixRouteOf(spec);
  const done = socket.request(isWanted ? prependRoute(route) : deleteRoute(route), step);
  if (done.ok || done.error.code === (isWanted ? 'exists' : 'not-found')) {
    return ok(done.ok ? 'changed' : 'unchanged');
  }
  const link = isWanted ? readLinkByIndex(socket, spec.index) : ok(undefined);
  return link.ok && link.value?.up === false ? ok('unchanged') : done;
}

/** Ensures that the address is gone. */
export function deleteAddressOn(workshop: Workshop, have: AddressObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const bench = benchOf(workshop, have, step);
  if (!bench.ok) return bench;
  return changed(bench.value.socket.request(deleteAddress(specOf(have, bench.value)), step));
}

function find({ socket, index }: Bench, want: AddressObject): Result<AddressObject | undefined> {
  const facts = readAddresses(socket, index);
  if (!facts.ok) return facts;
  const address = normaliseAddress(want.address);
  const fact = facts.value.find((one) => one.address === address);
  return ok(fact === undefined ? undefined : addressObject(fact, { netns: want.netns, dev: want.dev }));
}

function specOf(want: AddressObject, { index }: Bench): AddressSpec {
  const { address, scope, broadcast, label, metric, noPrefixRoute } = want;
  return { index, address, scope, broadcast, label, metric, noPrefixRoute };
}
