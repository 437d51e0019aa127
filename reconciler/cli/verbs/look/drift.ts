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

/** Shows what others changed in the kernel, and accepts it for a while. */
export const driftVerb: Verb<DriftChoice> = {
  describe: (command, choose) =>
    command
      .description('what others changed in the kernel, apart from what is pending; exit 2 when there is any')
      .option('--accept [key...]', 'leave this drift as it is (all of it without a key), until --for is over')
      .addOption(timeOption(command, '--for <time>', 'how long it is accepted: 90s, 2h, 30d', '30d'))
      .option('-m, --message <why>', 'why it is accepted')
      .option('--forget <key...>', 'repair this again: take it out of what is accepted')
      .addOption(formatOption(command))
      .action(({ accept, forget, for: forMs, message: why, output: format }: Options) => {
        if (accept !== undefined && forget !== undefined)
          command.error('error: --accept and --forget are two calls');
        choose({ accept: accept === true ? [] : accept, forget, forMs, why, format });
      }),
  run: async ({ sys, paths, who, withLook, output }, choice) => {
    const [{ drift }, { changeBaseline }, { authorOf }, { authorText }] = await Promise.all([
      import('./drift-report.ts'),
      import('../../../loop/files/baseline-file.ts'),
      import('../../../app/author.ts'),
      import('../explain/past.ts'),
    ]);
    const change = changeBaseline.bind(undefined, sys, paths);
    const writer = { change, who: authorText(authorOf(who)) };
    return withLook((world) => drift(world, writer, choice, output));
  },
  manual: {
    group: 'Preview',
    writes: 'nothing; --accept and --forget write baseline.json beside the document',
    examples: [
      ['vnet drift', 'what others changed behind us, apart from what is pending'],
      ["vnet drift --accept 'link azure0' --for 7d -m 'test of jumbo frames'", 'leave this one for a week'],
      ["vnet drift --forget 'link azure0'", 'repair it again'],
    ],
    exits: ['done', 'differences'],
  },
  completes: { '--accept': { node: 'drifted' }, '--forget': { node: 'accepted' } },
};
