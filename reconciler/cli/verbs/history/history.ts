/** `vnet history`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { HistoryChoice } from './generations.ts';

/** Lists the generations, newest first. */
export const historyVerb: Verb<HistoryChoice> = {
  describe: (command, choose) =>
    command
      .description('the generations that are kept: who, when, what, why; newest first')
      .option('-n, --count <n>', 'no more than these', readGeneration)
      .addOption(formatOption(command))
      .action(({ count, output: format }: WithFormat & { count?: number }) => choose({ count, format })),
  run: async ({ sys, paths, withPreview, output }, choice) => {
    const [{ history }, { openHistory }] = await Promise.all([
      import('./generations.ts'),
      import('./open-history.ts'),
    ]);
    return withPreview(({ store }) => history({ store, history: openHistory(sys, paths) }, choice, output));
  },
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet history -n 10', 'the last ten generations: who, when, what, why']],
    exits: ['done'],
  },
};
