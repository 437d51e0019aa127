/** `vnet edit`. */
import type { Verb } from '../../verb.ts';
import type { EditChoice } from './edit-text.ts';

type Options = {
  readonly resolve: boolean;
  readonly discard: boolean;
  readonly message?: string;
  readonly yes: boolean;
};

/** Opens the document in an editor, and takes what comes back. */
export const editVerb: Verb<EditChoice> = {
  describe: (command, choose) =>
    command
      .description('edit a copy of the document in $VISUAL or $EDITOR; checked, shown as a plan, then taken')
      .option(
        '--resolve',
        'edit the saved text that is not in force, with what speaks against it on top',
        false,
      )
      .option('--discard', 'drop the saved text that is not in force; a copy stays in the history', false)
      .option('-m, --message <why>', 'why, for vnet history')
      .option('-y, --yes', 'take it without asking', false)
      .action(({ resolve, discard, message: why, yes }: Options) => {
        if (resolve && discard)
          command.error('error: --resolve and --discard are two ways to end it: use one');
        choose({ refused: resolve ? 'resolve' : discard ? 'discard' : undefined, why, yes });
      }),
  run: async ({ sys, paths, environment, withWorld, output }, choice) => {
    const [{ editDocument }, { openHistory }] = await Promise.all([
      import('./edit-document.ts'),
      import('./open-history.ts'),
    ]);
    const editor = [environment['VISUAL'], environment['EDITOR']].find((one) => one) ?? 'vi';
    return withWorld((world) =>
      editDocument({ world, history: openHistory(sys, paths), editor }, choice, output),
    );
  },
  manual: {
    group: 'Change',
    writes: 'the document; the next round brings it into the kernel',
    examples: [
      ["vnet edit -m 'reserve an address for db-0'", 'checked, shown as a plan, then taken'],
      ['vnet edit --resolve', 'finish a save by hand that is not in force'],
      ['vnet edit --discard', 'drop it; a copy stays'],
    ],
    exits: ['done', 'conflict', 'refused', 'invalidData'],
    more: [
      'Errors are shown at their place in the file, which is opened again. What you wrote is never lost: the path of your copy is printed.',
    ],
  },
};
