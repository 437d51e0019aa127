/** Changes permanent neighbours and static forwarding entries. */
import { normaliseAddress } from '../../model/addresses/address.ts';
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import type { FdbObject, NeighbourObject } from '../../model/state.ts';
import {
  createFdb,
  createNeighbour,
  deleteFdb,
  deleteNeighbour,
  dumpFdb,
  parseFdbEntry,
} from '../netlink/neighbour.ts';
import type { NeighbourFact } from '../netlink/neighbour.ts';
import { firstDifference, neighbourObject } from '../objects.ts';
import { readFdb, readLinkByIndex, readNeighbour } from '../read.ts';
import type { Applied, Bench, Workshop } from './context.ts';
import { benchOf, changed, existing } from './context.ts';

/**
 * Ensures the neighbour; one that the kernel learned gives way to it.
 * Errors: `exists` when a permanent one with another MAC or protocol is there.
 */
export function createNeighbourOn(workshop: Workshop, want: NeighbourObject): Applied {
  const step = `add ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const fact = factOf(want, bench.value);
  const added = bench.value.socket.request(createNeighbour(fact, false), step);
  if (added.ok || added.error.code !== 'exists') return changed(added);
  const have = find(bench.value, want);
  if (!have.ok) return have;
  if (have.value !== undefined) return existing(have.value, want, step);
  return changed(bench.value.socket.request(createNeighbour(fact, true), step));
}

/** Ensures the neighbour in the place of whatever entry is there. */
export function replaceNeighbourOn(workshop: Workshop, want: NeighbourObject): Applied {
  const step = `replace ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const have = find(bench.value, want);
  if (!have.ok) return have;
  if (have.value !== undefined && firstDifference(have.value, want) === undefined) return ok('unchanged');
  return changed(bench.value.socket.request(createNeighbour(factOf(want, bench.value), true), step));
}

/** Ensures that the permanent neighbour is gone; one that the kernel learned is none of ours. */
export function deleteNeighbourOn(workshop: Workshop, have: NeighbourObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const bench = benchOf(workshop, have, step);
  if (!bench.ok) return bench;
  const now = find(bench.value, have);
  if (!now.ok) return now;
  if (now.value === undefined) return ok('unchanged');
  return changed(bench.value.socket.request(deleteNeighbour(factOf(have, bench.value)), step));
}

/** Ensures the forwarding entry. Errors: `exists` when the MAC is that of another port, or the node's own. */
export function createFdbOn(workshop: Workshop, want: FdbObject): Applied {
  const step = `add ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const fact = { index: bench.value.index, mac: want.mac };
  const added = bench.value.socket.request(createFdb(fact, false), step);
  if (added.ok || added.error.code !== 'exists') return changed(added);
  const have = hasFdb(bench.value, want);
  if (!have.ok) return have;
  if (have.value) return ok('unchanged');
  const learned = isLearned(bench.value, want);
  if (!learned.ok) return learned;
  return learned.value ? changed(bench.value.socket.request(createFdb(fact, true), step)) : added;
}

/** Ensures that the static forwarding entry is gone; a learned one stays. */
export function deleteFdbOn(workshop: Workshop, have: FdbObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const bench = benchOf(workshop, have, step);
  if (!bench.ok) return bench;
  const now = hasFdb(bench.value, have);
  if (!now.ok) return now;
  if (!now.value) return ok('unchanged');
  return changed(bench.value.socket.request(deleteFdb({ index: bench.value.index, mac: have.mac }), step));
}

function find({ socket, index }: Bench, want: NeighbourObject): Result<NeighbourObject | undefined> {
  const fact = readNeighbour(socket, index, normaliseAddress(want.address));
  if (!fact.ok || fact.value === undefined) return fact.ok ? ok(undefined) : fact;
  return ok(neighbourObject(fact.value, { netns: want.netns, dev: want.dev }));
}

function hasFdb({ socket, index }: Bench, want: FdbObject): Result<boolean> {
  const entries = readFdb(socket, index);
  return entries.ok ? ok(entries.value.some(({ mac }) => mac === want.mac.toLowerCase())) : entries;
}

/** Returns true when the bridge knows the MAC from traffic only. */
function isLearned({ socket, index }: Bench, want: FdbObject): Result<boolean> {
  const port = readLinkByIndex(socket, index);
  if (!port.ok) return port;
  const entries = socket.dump(dumpFdb(0), parseFdbEntry, 'list forwarding entries');
  if (!entries.ok) return entries;
  const mac = want.mac.toLowerCase();
  const same = entries.value.filter((one) => one.mac === mac && one.bridgeIndex === port.value?.masterIndex);
  return ok(same.every(({ state }) => state === 'learned'));
}

function factOf({ address, mac, protocol }: NeighbourObject, { index }: Bench): NeighbourFact {
  return { index, address, mac, protocol };
}
