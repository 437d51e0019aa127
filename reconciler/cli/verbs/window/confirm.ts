/** `vnet confirm`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { WindowChoice } from './end-window.ts';

/** Keeps the change that waits to be confirmed. */
export const confirmVerb: Verb<WindowChoice> = {
  describe: (command, choose) =>
    command
      .description('keep what vnet apply --confirm-within did')
      .argument('[id]', 'the generation that waits to be confirmed', readGeneration)
      .addOption(formatOption(command))
      .action((id: number | undefined, { output: format }: WithFormat) => choose({ id, format })),
  run: async ({ sys, paths, who, withWorld, output }, choice) => {
    const [{ confirmWindow }, { createKeeper }] = await Promise.all([
      import('./end-window.ts'),
      import('../../../app/keeper.ts'),
    ]);
    return withWorld((world) =>
      confirmWindow(world, createKeeper(sys, paths, who, output.warn), choice, output),
    );
  },
  manual: {
    group: 'Change',
    writes: 'the end of the window; document and kernel stay as they are',
    examples: [
      ['vnet confirm', 'keep what vnet apply --confirm-within did'],
      ['vnet confirm 419', 'only if it is this generation'],
    ],
    exits: ['done', 'rollBackIncomplete', 'timedOut', 'noInput'],
  },
  completes: { id: { node: 'tentative' } },
};
