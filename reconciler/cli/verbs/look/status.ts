/** `vnet status`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Prints the state of the node in one screen. */
export const statusVerb: Verb<{ readonly format: Format }> = {
  describe: (command, choose) =>
    command
      .description('one screen: generations, conditions, networks, pools, differences')
      .addOption(formatOption(command))
      .action(({ output: format }: WithFormat) => choose({ format })),
  run: async (context, { format }) => {
    const { showStatus } = await import('./overview.ts');
    return context.withPast((node) => showStatus(node, format, context.output));
  },
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet status', 'is the node healthy?'],
      ['vnet status -o json', 'the same for programs: generations, conditions, networks, objects'],
    ],
    exits: ['done'],
    more: [
      "Three generations are shown: the document's, the last one seen by a round (observed), and the last one that the kernel matched (converged).",
    ],
  },
};
