/** `vnet history`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { HistoryChoice } from './generations.ts';
import { withGenerations } from './with-generations.ts';

/** Lists the generations, newest first. */
export const historyVerb: Verb<HistoryChoice> = {
  describe: (command, choose) =>
    command
      .description('list the generations: time, author, changes, reason; newest first')
      .option('-n, --count <n>', 'the maximum number of generations', readGeneration)
      .addOption(formatOption(command))
      .action(({ count, output: format }: WithFormat & { count?: number }) => choose({ count, format })),
  run: (context, choice) =>
    withGenerations(context, choice, async () => (await import('./generations.ts')).history),
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet history -n 10', 'the last ten generations']],
    exits: ['done'],
  },
};
