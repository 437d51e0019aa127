/** A node as installed: `vnet watch` runs and serves calls. */
import { join } from 'node:path';
import {
  type Attendant,
  type Bench,
  makeBenchNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  type Site,
  siteOf,
} from './bench-node.ts';
import type { Place } from './contestants.ts';
import { makePods, nameOf, type PodEntry } from './documents.ts';

/** The node. Shape: `remove` ends it, with its pods and the resident process. */
export type Attended = Place & { readonly attendant: Attendant; readonly remove: () => Promise<void> };

/**
 * Changes to a node before its resident process starts.
 * Shape: `place` is its site and its pods, in mode bridge unless given; `prepare` is called before its first round.
 */
export type Preparation = {
  readonly place?: { readonly site: Site; readonly pods: readonly PodEntry[] };
  readonly podOf?: (index: number) => Partial<PodEntry>;
  readonly prepare?: (place: Place) => void;
};

/**
 * Resolves to the nth node with real pods once its resident process has answered some calls and is idle
 * again.
 */
export async function makeAttended(
  bench: Bench,
  index: number,
  size: number,
  { place, podOf, prepare }: Preparation = {},
): Promise<Attended> {
  bench.say(`a node with ${size} pods, and a resident process that has answered some calls`);
  const site = place?.site ?? siteOf(index, 0);
  const here = await makeBenchNode(bench, site);
  const plain = place?.pods ?? makePods(site.nic.node, site.firstPod, size);
  const pods = plain.map((pod, at) => ({ ...pod, ...podOf?.(at) }));
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  here.fill(pods);
  prepare?.({ here, site });
  await runOne(here, { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' });
  const attendant = await here.attend();
  await attendant.settle();
  const remove = async (): Promise<void> => {
    await attendant.end();
    await here.remove();
    removeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  };
  return { here, site, attendant, remove };
}
