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

/** Shows the changes of the kernel if a file were the document. */
export const planVerb: Verb<PlanChoice> = {
  describe: (command, choose) =>
    command
      .description('preview FILE as the document; exit 2 if there are steps')
      .option('-f, --file <file>', 'the document to plan for, - for stdin (default: the one in force)')
      .option('--out <file>', 'save the plan for vnet apply -f; valid for this generation and kernel state')
      .addOption(disruptionOption(command))
      .option('--withdraw', WITHDRAW_HELP, false)
      .addOption(formatOption(command))
      .action(({ file, out, maxDisruption: limit, withdraw, output: format }: Options) =>
        choose({ file, out, limit, withdraw, format }),
      ),
  run: async ({ sys, paths, withPast, output }, choice) => {
    if (choice.file === undefined && choice.out === undefined) {
      const { preview } = await import('./round-report.ts');
      return withPast((node) => preview(node, { limit: choice.limit }, choice.format, output));
    }
    const [{ planFile }, { openHistory }] = await Promise.all([
      import('./plan-file.ts'),
      import('../history/open-history.ts'),
    ]);
    return withPast((node) => planFile(node, openHistory(sys, paths), choice, output));
  },
  manual: {
    group: 'Preview',
    writes: 'only the file of --out',
    examples: [
      ['vnet plan -f new.yaml', 'the changes to the kernel, and the pods that they interrupt'],
      ['vnet plan -f new.yaml --out new.plan', 'save it for vnet apply -f new.plan'],
      ['vnet plan', 'the steps to the document in force; as vnet reconcile --dry-run'],
    ],
    exits: ['done', 'differences', 'conflict', 'refused'],
    more: [
      'A saved plan is valid for its generation and kernel state: vnet apply refuses it if either has changed, and lists the changes.',
    ],
  },
};
