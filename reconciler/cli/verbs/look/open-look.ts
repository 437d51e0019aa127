/** Opens the world of the verbs that look. */
import { createHistory } from '../../../document/history/history.ts';
import { createLinkIndex, type LinkIndex } from '../../../kernel/link-index.ts';
import { createPart } from '../../../model/part.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import type { LookWorld } from './look.ts';
import { openPast } from './past.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { openPreviewWorld } from '../../../app/world.ts';

/** Only for a generation that was written by hand: withParts() then loads it. */
const slow = createPart(async () => (await import('../../../document/yaml/slow.ts')).slowPath);

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the world with what was written down about the node, and the numbers of interfaces where there is a kernel. */
export async function openLookWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
): Promise<Result<LookWorld & { close(): void }>> {
  const world = await openPreviewWorld(sys, paths, environment);
  if (!world.ok) return world;
  const links = environment['VNET_SIMULATED_KERNEL'] === undefined ? createLinkIndex(sys) : undefined;
  return ok({
    ...world.value,
    past: openPast(sys, paths, createHistory(sys, paths.document, slow)),
    ...(links === undefined ? {} : { indexOf: (netns: string, name: string) => indexIn(links, netns, name) }),
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
