/** `vnet plan`. */
import {
  disruptionOption,
  formatOption,
  type WithDisruption,
  type WithFormat,
  WITHDRAW_HELP,
} from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { PlanChoice } from './plan-file.ts';

type Options = WithFormat &
  WithDisruption & { readonly file?: string; readonly out?: string; readonly withdraw: boolean };

/** Shows what the kernel would get if a file were the document. */
export const planVerb: Verb<PlanChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'what the kernel would get if FILE were the document; exit 2 when there is something to do',
      )
      .option('-f, --file <file>', 'the document to plan for, - for stdin (default: the one in force)')
      .option('--out <file>', 'save the plan for vnet apply -f; it is bound to generation and kernel')
      .addOption(disruptionOption(command, 'refuse what is worse than this'))
      .option('--withdraw', WITHDRAW_HELP, false)
      .addOption(formatOption(command))
      .action(({ file, out, maxDisruption: limit, withdraw, output: format }: Options) =>
        choose({ file, out, limit, withdraw, format }),
      ),
  run: async ({ sys, paths, withLook, output }, choice) => {
    if (choice.file === undefined && choice.out === undefined) {
      const { preview } = await import('./round-report.ts');
      return withLook((world) => preview(world, { limit: choice.limit }, choice.format, output));
    }
    const [{ planFile }, { openHistory }] = await Promise.all([
      import('./plan-file.ts'),
      import('../history/open-history.ts'),
    ]);
    return withLook((world) => planFile(world, openHistory(sys, paths), choice, output));
  },
  manual: {
    group: 'Preview',
    writes: 'nothing but the file of --out',
    examples: [
      ['vnet plan -f new.yaml', 'what the kernel would get, and which pods it interrupts'],
      ['vnet plan -f new.yaml --out new.plan', 'keep it for vnet apply -f new.plan'],
      ['vnet plan', 'what is missing of the document in force; as vnet reconcile --dry-run'],
    ],
    exits: ['done', 'differences', 'conflict', 'refused'],
    more: [
      'A saved plan is bound to the generation and to the kernel as it was: vnet apply refuses it when either has changed, and says what.',
    ],
  },
};
