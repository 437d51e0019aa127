/** Opens a node for the read-only verbs. */
import { rootOf } from '../../../app/paths.ts';
import { readCniFiles } from '../doctor/observe-files.ts';
import { createHistory } from '../../../document/history/history.ts';
import type { LinkIndex } from '../../../kernel/link-index.ts';
import { ok, type Result } from '../../../model/result.ts';
import { library } from '../../../app/library.ts';
import type { NodeWithPast } from './look.ts';
import { openPast } from './past.ts';
import type { NodePlace } from '../../../app/kernel/access.ts';
import { type NodeOptions, openNode } from '../../../app/node.ts';

/** Returns the node, with its recorded past and, on a real kernel, the indexes of its interfaces. */
export async function openNodeWithPast(
  place: NodePlace,
  options?: NodeOptions,
): Promise<Result<NodeWithPast & { close(): void }>> {
  const node = await openNode(place, options);
  if (!node.ok) return node;
  const { sys, paths, kernels } = place;
  const links = await kernels.openLinks?.(sys);
  const surroundings = await kernels.openSurroundings?.(sys);
  return ok({
    ...node.value,
    past: openPast(sys, paths, createHistory(sys, paths.document, library)),
    ...(links === undefined ? {} : { indexOf: (netns: string, name: string) => indexIn(links, netns, name) }),
    ...(surroundings === undefined ? {} : { surroundings }),
    configurations: () => readCniFiles(`${rootOf(paths)}/etc/cni/net.d`),
    close: () => {
      node.value.close();
      links?.close();
    },
  });
}

function indexIn(links: LinkIndex, netns: string, name: string): number | undefined {
  const found = links.find(netns, name);
  return found.ok ? found.value : undefined;
}
