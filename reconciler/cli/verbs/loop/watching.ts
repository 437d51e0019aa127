/** Runs the verbs around the resident loop: watch, pause, resume, events, wait. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { Problem } from '../../../document/store/store.ts';
import { readStatus } from '../../../loop/files/status-file.ts';
import { withParts } from '../../../model/part.ts';
import type { Result } from '../../../model/result.ts';
import type { ResidentSys, Stay } from '../../../model/ports/sys.ts';
import { authorOf } from '../../../app/author.ts';
import type { LoopChoice, WatchChoice } from './commands-watch.ts';
import type { ExitCode } from '../../../app/exit-codes.ts';
import { authorText } from '../explain/past.ts';
import type { Output } from '../../../app/output.ts';
import type { NodePaths } from '../../../app/paths.ts';
import type { ServeCalls } from '../../../daemon/watch.ts';
import { watchProcess } from '../../../daemon/watch-lock.ts';
import { openPreviewWorld } from '../../../app/world.ts';

/** What is not the command line's own. Shape: `stay` sets this process up to stay. */
export type WatchTools = {
  readonly serve?: ServeCalls | undefined;
  readonly stay?: (() => Promise<Stay>) | undefined;
};

/** Runs the verb and returns its exit code. */
export async function runWatching(
  sys: ResidentSys,
  choice: LoopChoice,
  { paths, ...tools }: WatchTools & { readonly paths: NodePaths },
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { runDirectory } = paths;
  switch (choice.verb) {
    case 'watch':
      return watchWithCompanions(sys, choice, { paths, ...tools }, output);
    case 'pause':
    case 'resume': {
      const { pause, resume } = await import('./pause.ts');
      const pausing = { sys, runDirectory, who: authorText(authorOf(`vnet ${choice.verb}`)), now };
      if (choice.verb === 'resume') return resume(choice.object, pausing, output);
      return pause(choice, { ...pausing, document: await readDocument(sys, paths) }, output);
    }
    case 'events': {
      const { sinceMs, format } = choice;
      const since = sinceMs === undefined ? undefined : new Date(now().getTime() - sinceMs);
      return (await import('./events.ts')).printEvents(sys, runDirectory, { since, format }, output);
    }
    case 'wait': {
      const { wait } = await import('./wait.ts');
      const world = await openPreviewWorld(sys, paths, process.env);
      if (!world.ok) return world;
      const waiting = {
        store: world.value.store,
        status: () => readStatus(sys, runDirectory),
        isWatched: () => watchProcess(sys, runDirectory) !== undefined,
        nowMs: () => performance.now(),
        pause: (durationMs: number) => new Promise<void>((resolve) => void setTimeout(resolve, durationMs)),
      };
      return wait(choice, waiting, output);
    }
  }
}

const now = (): Date => new Date();

async function readDocument(sys: ResidentSys, paths: NodePaths): Promise<VnetDocument | undefined> {
  const world = await openPreviewWorld(sys, paths, process.env);
  if (!world.ok) return undefined;
  try {
    const snapshot = await withParts(() => world.value.store.read());
    return snapshot.ok ? snapshot.value?.document : undefined;
  } finally {
    world.value.close();
  }
}

async function watchWithCompanions(
  sys: ResidentSys,
  choice: WatchChoice,
  { paths, serve, stay }: WatchTools & { readonly paths: NodePaths },
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  // It may begin the program anew, so nothing is done before.
  const staying = await stay?.();
  const [{ runWatch }, { openCompanions }] = await Promise.all([
    import('../../../daemon/watch.ts'),
    import('../../../daemon/open.ts'),
  ]);
  const companions = await openCompanions(sys, choice, output, { environment: process.env, stay: staying });
  try {
    return await runWatch(choice, { sys, paths }, output, {
      ...companions,
      answer: async (desk) => (await import('../change/answer.ts')).answerInquiries(desk),
      ...(serve === undefined ? {} : { serve }),
    });
  } finally {
    await companions.close();
  }
}
