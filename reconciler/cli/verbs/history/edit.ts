/** `vnet edit`. */
import type { Verb } from '../../verb.ts';
import type { EditChoice } from './edit-text.ts';

type Options = {
  readonly resolve: boolean;
  readonly discard: boolean;
  readonly message?: string;
  readonly yes: boolean;
};

/** Opens the document in an editor and submits the result. */
export const editVerb: Verb<EditChoice> = {
  describe: (command, choose) =>
    command
      .description('edit the document in $VISUAL or $EDITOR; validated, previewed, then applied')
      .option('--resolve', 'edit the refused edit, with its errors on top', false)
      .option('--discard', 'discard the refused edit; a copy stays in the history', false)
      .option('-m, --message <why>', 'reason, for the history')
      .option('-y, --yes', 'apply without asking', false)
      .action(({ resolve, discard, message: why, yes }: Options) => {
        if (resolve && discard) command.error('error: use either --resolve or --discard');
        choose({ refused: resolve ? 'resolve' : discard ? 'discard' : undefined, why, yes });
      }),
  run: async ({ sys, paths, environment, authorOf, withSession, output }, choice) => {
    const [{ editDocument }, { openHistory }] = await Promise.all([
      import('./edit-document.ts'),
      import('./open-history.ts'),
    ]);
    const editor = [environment['VISUAL'], environment['EDITOR']].find((one) => one) ?? 'vi';
    return withSession((session) =>
      editDocument({ session, history: openHistory(sys, paths), editor, authorOf }, choice, output),
    );
  },
  manual: {
    group: 'Change',
    writes: 'the document; the next round applies it to the kernel',
    examples: [
      ["vnet edit -m 'reserve an address for db-0'", 'validated, previewed, then applied'],
      ['vnet edit --resolve', 'finish a refused edit'],
      ['vnet edit --discard', 'discard it; a copy stays'],
    ],
    exits: ['done', 'conflict', 'refused', 'invalidData'],
    more: [
      'Errors are shown at their place in the file, which is opened again. Your text is never lost: the path of the copy is printed.',
    ],
  },
};
