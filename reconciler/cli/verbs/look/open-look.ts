/** Opens the world of the read-only verbs. */
import { createHistory } from '../../../document/history/history.ts';
import type { LinkIndex } from '../../../kernel/link-index.ts';
import { ok, type Result } from '../../../model/result.ts';
import { library } from '../../../app/library.ts';
import type { LookWorld } from './look.ts';
import { openPast } from './past.ts';
import type { NodePlace } from '../../../app/kernel/access.ts';
import { type NodeOptions, openNode } from '../../../app/node.ts';

/** Returns the world, with the node's recorded past and, on a real kernel, the indexes of its interfaces. */
export async function openLookWorld(
  place: NodePlace,
  options?: NodeOptions,
): Promise<Result<LookWorld & { close(): void }>> {
  const world = await openNode(place, options);
  if (!world.ok) return world;
  const { sys, paths, kernels } = place;
  const links = await kernels.openLinks?.(sys);
  const surroundings = await kernels.openSurroundings?.(sys);
  return ok({
    ...world.value,
    past: openPast(sys, paths, createHistory(sys, paths.document, library)),
    ...(links === undefined ? {} : { indexOf: (netns: string, name: string) => indexIn(links, netns, name) }),
    ...(surroundings === undefined ? {} : { surroundings }),
    close: () => {
      world.value.close();
      links?.close();
    },
  });
}

function indexIn(links: LinkIndex, netns: string, name: string): number | undefined {
  const found = links.find(netns, name);
  return found.ok ? found.value : undefined;
}
