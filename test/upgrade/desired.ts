/** The desired state of a node's files, as read by the present code. */
import { createSys } from '#sys';
import { resolvePaths } from '../../reconciler/app/paths.ts';
import { SIMULATED_KERNELS } from '../../reconciler/app/kernel/simulated.ts';
import { openNode } from '../../reconciler/app/node.ts';
import { derive } from '../../reconciler/model/derive.ts';
import type { NetObject } from '../../reconciler/model/state.ts';
import { must } from '../support/must.ts';

/** One object: its key and all its fields. */
export type Wanted = { readonly key: string; readonly object: Readonly<Record<string, unknown>> };

/**
 * Resolves to the desired objects of the node below `root`, in key order. Writes nothing. Rules are omitted:
 * each build has its own, and replaces another build's table.
 */
export async function readDesired(root: string): Promise<readonly Wanted[]> {
  const environment = { VNET_NODE: 'node-1' };
  const session = must(
    await openNode({
      sys: createSys(),
      paths: resolvePaths({ root }, {}),
      environment,
      kernels: SIMULATED_KERNELS,
    }),
  );
  try {
    const read = session.store.read();
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const document = read.value?.document;
    if (document === undefined) throw new Error(`no document below ${root}`);
    return Array.from(derive(document, new Map()).state)
      .map(([key, object]) => ({ key, object: withoutRules(object) }))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1));
  } finally {
    session.close();
  }
}

function withoutRules(object: NetObject): Readonly<Record<string, unknown>> {
  if (object.kind !== 'nft-table') return object;
  const { rules: _, script: __, ...rest } = object;
  return rest;
}
