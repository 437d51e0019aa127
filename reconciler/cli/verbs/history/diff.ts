/** `vnet diff`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { DiffChoice } from './generations.ts';
import { withGenerations } from './with-generations.ts';

/** Shows the changes between two generations. */
export const diffVerb: Verb<DiffChoice> = {
  describe: (command, choose) =>
    command
      .description('the changes between two generations, by path; exit 2 if there are any')
      .argument('<from>', 'the older generation', readGeneration)
      .argument('[to]', 'the newer one (default: the latest)', readGeneration)
      .addOption(formatOption(command))
      .action((from: number, to: number | undefined, { output: format }: WithFormat) =>
        choose({ from, to, format }),
      ),
  run: (context, choice) =>
    withGenerations(context, choice, async () => (await import('./generations.ts')).diffGenerations),
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [
      ['vnet diff 417', 'the changes since generation 417, by path'],
      ['vnet diff 417 419', 'between two generations'],
    ],
    exits: ['done', 'differences', 'noInput'],
  },
};
