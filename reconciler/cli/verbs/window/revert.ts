/** `vnet revert`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { WindowChoice } from './end-window.ts';

type Options = WithFormat & { readonly atDeadline?: string };

/**
 * Rolls back the unconfirmed change.
 * Shape: `atDeadline` is the start time that the window's timer passes.
 */
export const revertVerb: Verb<WindowChoice & { readonly atDeadline: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description('roll back the unconfirmed change without waiting for the deadline')
      .argument('[id]', 'the unconfirmed generation', readGeneration)
      .addOption(
        command.createOption('--at-deadline <started>', 'run by the timer: wait for the deadline').hideHelp(),
      )
      .addOption(formatOption(command))
      .action((id: number | undefined, { atDeadline, output: format }: Options) =>
        choose({ id, atDeadline, format }),
      ),
  run: async ({ sys, paths, who, withSession, output }, { atDeadline, ...choice }) => {
    const [{ revertAtDeadline, revertWindow }, { createTentativeStore }] = await Promise.all([
      import('./end-window.ts'),
      import('../../../app/tentative-store.ts'),
    ]);
    return withSession((session) => {
      const tentativeStore = createTentativeStore(sys, paths, who, output.warn);
      return atDeadline === undefined
        ? revertWindow(session, tentativeStore, choice, output)
        : revertAtDeadline(session, tentativeStore, atDeadline, output);
    });
  },
  manual: {
    group: 'Change',
    writes: 'the document and the kernel',
    examples: [['vnet revert', 'roll back now']],
    exits: ['done', 'rollBackIncomplete', 'noInput'],
  },
  completes: { id: { node: 'tentative' } },
};
