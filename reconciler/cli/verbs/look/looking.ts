/** Runs the verbs that look, in a world that can't write; drift may write its baseline, doctor what it was asked to mend. */
import { createHistory } from '../../../document/history/history.ts';
import type { Problem } from '../../../document/store/store.ts';
import { createLinkIndex, type LinkIndex } from '../../../kernel/link-index.ts';
import { changeBaseline } from '../../../loop/files/baseline-file.ts';
import { createPart } from '../../../model/part.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import type { DriftChoice, LookChoice } from './commands-look.ts';
import { authorOf } from '../../../app/author.ts';
import type { ExitCode } from '../../../app/exit-codes.ts';
import { authorText } from '../explain/past.ts';
import type { LookWorld } from './look.ts';
import type { Output } from '../../../app/output.ts';
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

/** Runs the verb and returns its exit code. What needs no kernel does not open one. */
export async function runLooking(
  sys: Sys,
  choice: LookChoice,
  paths: NodePaths,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  if (choice.verb === 'schema') {
    return (await import('./schema.ts')).schema(choice.path, choice.format, output);
  }
  const world = await openLookWorld(sys, paths, process.env);
  if (!world.ok) return world;
  try {
    return await lookWith(world.value, choice, output, { sys, paths });
  } finally {
    world.value.close();
  }
}

async function lookWith(
  world: LookWorld,
  choice: Exclude<LookChoice, { verb: 'schema' }>,
  output: Output,
  { sys, paths }: { readonly sys: Sys; readonly paths: NodePaths },
): Promise<Result<ExitCode, Problem>> {
  switch (choice.verb) {
    case 'status':
      return (await import('./status.ts')).status(world, choice.format, output);
    case 'get':
      return (await import('./get.ts')).get(world, choice, output);
    case 'explain':
      return (await import('../explain/explain.ts')).explain(world, choice.subject, choice.format, output);
    case 'drift':
      return runDrift(world, choice, output, { sys, paths });
    case 'doctor':
      return (await import('../doctor/doctor.ts')).doctor(world, choice, output, { sys, paths });
  }
}

async function runDrift(
  world: LookWorld,
  choice: DriftChoice,
  output: Output,
  { sys, paths }: { readonly sys: Sys; readonly paths: NodePaths },
): Promise<Result<ExitCode, Problem>> {
  const { drift } = await import('./drift.ts');
  const writer = {
    change: changeBaseline.bind(undefined, sys, paths),
    who: authorText(authorOf('vnet drift')),
  };
  return drift(world, writer, choice, output);
}
