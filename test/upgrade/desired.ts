/** What a node's files ask of its kernel, as the code at hand reads them. */
import { createSys } from '#sys';
import { resolvePaths } from '../../reconciler/app/paths.ts';
import { SIMULATED_KERNELS } from '../../reconciler/app/kernel/simulated.ts';
import { openNode } from '../../reconciler/app/node.ts';
import { derive } from '../../reconciler/model/derive.ts';
import type { NetObject } from '../../reconciler/model/state.ts';
import { must } from '../support/must.ts';

/** One object: its key, and every field that it has. */
export type Wanted = { readonly key: string; readonly object: Readonly<Record<string, unknown>> };

/**
 * Resolves to all that the node below `root` is to have, in the order of the keys. Writes nothing. Rules are left out: each build
 * has its own, and makes the table anew where it finds another one's.
 */
export async function readDesired(root: string): Promise<readonly Wanted[]> {
  const environment = { VNET_NODE: 'node-1' };
  const world = must(
    await openNode({
      sys: createSys(),
      paths: resolvePaths({ root }, {}),
      environment,
      kernels: SIMULATED_KERNELS,
    }),
  );
  try {
    const read = world.store.read();
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const document = read.value?.document;
    if (document === undefined) throw new Error(`no document below ${root}`);
    return Array.from(derive(document, new Map()).state)
      .map(([key, object]) => ({ key, object: withoutRules(object) }))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1));
  } finally {
    world.close();
  }
}

function withoutRules(object: NetObject): Readonly<Record<string, unknown>> {
  if (object.kind !== 'nft-table') return object;
  const { rules: _, script: __, ...rest } = object;
  return rest;
}
