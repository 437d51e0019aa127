/** `vnet wait`. */
import { readGeneration, timeOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { WaitChoice } from './run-wait.ts';

const GOALS: readonly WaitChoice['what'][] = ['converged', 'ready'];

type Options = { readonly for: WaitChoice['what']; readonly generation?: number; readonly timeout: number };

/** Waits until the kernel matches the document. */
export const waitVerb: Verb<WaitChoice> = {
  describe: (command, choose) =>
    command
      .description('wait until the kernel matches the document; exit 8 on timeout')
      .addOption(
        command.createOption('--for <aim>', 'the state to wait for').choices(GOALS).default('converged'),
      )
      .option('--generation <number>', 'for this generation or a later one', readGeneration)
      .addOption(timeOption(command, '--timeout <time>', 'timeout: 30s, 2m', '1m'))
      .action(({ for: what, generation, timeout: timeoutMs }: Options) =>
        choose({ what, generation, timeoutMs }),
      ),
  run: async ({ sys, paths: { runDirectory }, withNode, output }, choice) => {
    const [{ wait }, { readStatus }, { watchProcess }] = await Promise.all([
      import('./run-wait.ts'),
      import('../../../loop/files/status-file.ts'),
      import('../../../daemon/watch-lock.ts'),
    ]);
    return withNode(({ store }) => {
      const waiting = {
        store,
        status: () => readStatus(sys, runDirectory),
        isWatched: () => watchProcess(sys, runDirectory) !== undefined,
        nowMs: () => performance.now(),
        pause: (durationMs: number) => new Promise<void>((resolve) => void setTimeout(resolve, durationMs)),
      };
      return wait(choice, waiting, output);
    });
  },
  manual: {
    group: 'Converge',
    writes: 'nothing',
    examples: [
      ['vnet wait --timeout 30s', 'until the kernel matches the document'],
      ['vnet wait --generation 419', 'until it matches generation 419 or a later one'],
    ],
    exits: ['done', 'timedOut'],
  },
  completes: { '--generation': { node: 'generations' } },
};
