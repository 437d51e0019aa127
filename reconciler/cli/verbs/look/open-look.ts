/** Opens the world of the read-only verbs. */
import { createHistory } from '../../../document/history/history.ts';
import { readSurroundings } from '../../../kernel/filter/read-surroundings.ts';
import { createLinkIndex, type LinkIndex } from '../../../kernel/link-index.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { library } from '../../../app/library.ts';
import type { LookWorld } from './look.ts';
import { openPast } from './past.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { openPreviewWorld } from '../../../app/world.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the world, with the node's recorded past and, on a real kernel, the indexes of its interfaces;
 * `isLazy` as in Visitor.
 */
export async function openLookWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
  isLazy = false,
): Promise<Result<LookWorld & { close(): void }>> {
  const world = await openPreviewWorld(sys, paths, environment, isLazy);
  if (!world.ok) return world;
  const links = environment['VNET_SIMULATED_KERNEL'] === undefined ? createLinkIndex(sys) : undefined;
  return ok({
    ...world.value,
    past: openPast(sys, paths, createHistory(sys, paths.document, library)),
    ...(links === undefined
      ? {}
      : {
          indexOf: (netns: string, name: string) => indexIn(links, netns, name),
          surroundings: () => readSurroundings(sys),
        }),
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
