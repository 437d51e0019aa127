/** `vnet blame`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { BlameChoice } from './generations.ts';
import { withGenerations } from './with-generations.ts';

/** Shows which generation last set each value. */
export const blameVerb: Verb<BlameChoice> = {
  describe: (command, choose) =>
    command
      .description('the generation that last set each value, with author, time and reason')
      .argument('[path]', 'limit to this path, such as networks.azure.bridge')
      .addOption(formatOption(command))
      .action((path: string | undefined, { output: format }: WithFormat) => choose({ path, format })),
  run: (context, choice) =>
    withGenerations(context, choice, async () => (await import('./generations.ts')).blame),
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [
      ['vnet blame networks.azure.bridge', 'the generation that last set each value, with author and reason'],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { path: { node: 'paths' } },
};
