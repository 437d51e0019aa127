/** `vnet blame`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { BlameChoice } from './generations.ts';

/** Shows which generation last set each value. */
export const blameVerb: Verb<BlameChoice> = {
  describe: (command, choose) =>
    command
      .description('which generation last set each value: who, when, why')
      .argument('[path]', 'only below this path, such as networks.azure.bridge')
      .addOption(formatOption(command))
      .action((path: string | undefined, { output: format }: WithFormat) => choose({ path, format })),
  run: async ({ sys, paths, withPreview, output }, choice) => {
    const [{ blame }, { openHistory }] = await Promise.all([
      import('./generations.ts'),
      import('./open-history.ts'),
    ]);
    return withPreview(({ store }) => blame({ store, history: openHistory(sys, paths) }, choice, output));
  },
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet blame networks.azure.bridge', 'which generation last set each value, by whom and why']],
    exits: ['done', 'noInput'],
  },
  completes: { path: { node: 'paths' } },
};
