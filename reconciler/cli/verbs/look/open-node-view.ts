/** Opens a node for the read-only verbs. */
import { rootOf } from '../../../app/paths.ts';
import { readCniFiles } from '../doctor/observe-files.ts';
import { createHistory } from '../../../document/history/history.ts';
import type { LinkIndex } from '../../../kernel/link-index.ts';
import { ok, type Result } from '../../../model/result.ts';
import { library } from '../../../app/library.ts';
import type { NodeView } from './compare-node.ts';
import { openNodeRecords } from './node-records.ts';
import type { NodePlace } from '../../../app/kernel/access.ts';
import { type NodeOptions, openNode } from '../../../app/node.ts';

/** Returns the node, with its recorded past and, on a real kernel, the indexes of its interfaces. */
export async function openNodeView(
  place: NodePlace,
  options?: NodeOptions,
): Promise<Result<NodeView & { close(): void }>> {
  const node = await openNode(place, options);
  if (!node.ok) return node;
  const { sys, paths, kernels } = place;
  const links = await kernels.openLinks?.(sys);
  const packetFilters = await kernels.openPacketFilters?.(sys);
  return ok({
    ...node.value,
    recorded: openNodeRecords(sys, paths, createHistory(sys, paths.document, library)),
    ...(links === undefined ? {} : { indexOf: (netns: string, name: string) => indexIn(links, netns, name) }),
    ...(packetFilters === undefined ? {} : { packetFilters }),
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
