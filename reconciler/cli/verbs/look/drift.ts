/** `vnet drift`. */
import { formatOption, timeOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { DriftChoice } from './drift-report.ts';

type Options = WithFormat & {
  readonly accept?: true | string[];
  readonly forget?: string[];
  readonly for: number;
  readonly message?: string;
};

/** Shows drift, and accepts it for a time. */
export const driftVerb: Verb<DriftChoice> = {
  describe: (command, choose) =>
    command
      .description('changes made outside vnet, without pending ones; exit 2 if there are any')
      .option('--accept [key...]', 'accept this drift (without a key: all drift) for the time of --for')
      .addOption(timeOption(command, '--for <time>', 'duration of the acceptance: 90s, 2h, 30d', '30d'))
      .option('-m, --message <why>', 'reason of the acceptance')
      .option('--forget <key...>', 'remove this drift from the baseline: it is repaired again')
      .addOption(formatOption(command))
      .action(({ accept, forget, for: forMs, message: why, output: format }: Options) => {
        if (accept !== undefined && forget !== undefined)
          command.error('error: use either --accept or --forget');
        choose({ accept: accept === true ? [] : accept, forget, forMs, why, format });
      }),
  run: async ({ sys, paths, who, authorOf, withPast, output }, choice) => {
    const [{ drift }, { changeBaseline }, { authorText }] = await Promise.all([
      import('./drift-report.ts'),
      import('../../../loop/files/baseline-file.ts'),
      import('../explain/timeline.ts'),
    ]);
    const change = changeBaseline.bind(undefined, sys, paths);
    const writer = { change, who: authorText(authorOf(who)) };
    return withPast((node) => drift(node, writer, choice, output));
  },
  manual: {
    group: 'Preview',
    writes: 'nothing; --accept and --forget write baseline.json beside the document',
    examples: [
      ['vnet drift', 'changes made outside vnet, without pending ones'],
      ["vnet drift --accept 'link azure0' --for 7d -m 'test of jumbo frames'", 'accept this one for a week'],
      ["vnet drift --forget 'link azure0'", 'repair it again'],
    ],
    exits: ['done', 'differences'],
  },
  completes: { '--accept': { node: 'drifted' }, '--forget': { node: 'accepted' } },
};
