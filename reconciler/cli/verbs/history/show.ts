/** `vnet show`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { ShowChoice } from './generations.ts';
import { withGenerations } from './with-generations.ts';

/** Prints the document of a generation. */
export const showVerb: Verb<ShowChoice> = {
  describe: (command, choose) =>
    command
      .description('print the document of a generation, comments included')
      .argument('<generation>', 'a generation of vnet history', readGeneration)
      .addOption(formatOption(command))
      .action((generation: number, { output: format }: WithFormat) => choose({ generation, format })),
  run: (context, choice) =>
    withGenerations(context, choice, async () => (await import('./generations.ts')).show),
  manual: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet show 417', 'the document of generation 417, comments included']],
    exits: ['done', 'noInput'],
  },
};
