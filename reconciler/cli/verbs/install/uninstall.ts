/** `vnet uninstall`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { UninstallOptions } from './run-uninstall.ts';

/** Removes vnet from this node. */
export const uninstallVerb: Verb<UninstallOptions> = {
  describe: (command, choose) =>
    command
      .description('remove vnet from this node; refused while pods are attached')
      .option('--dry-run', 'print each step; change nothing; exit 2 if there are steps', false)
      .option('--drain', 'print how to move the pods of this node away; change nothing', false)
      .option('--purge', 'also remove the document and its history', false)
      .addOption(formatOption(command))
      .action(({ dryRun, drain, purge, output: format }: WithFormat & Omit<UninstallOptions, 'format'>) =>
        choose({ dryRun, drain, purge, format }),
      ),
  run: async (context, choice) => (await import('./run-uninstall.ts')).uninstall(context, choice),
  manual: {
    group: 'Install',
    writes: 'the kernel (as vnet release), and the files that vnet install made',
    examples: [
      ['vnet uninstall --drain', 'which pods are attached, and how to move them away'],
      ['vnet uninstall --dry-run', 'every step, in order'],
      ['vnet uninstall --purge', 'remove everything, the document and its history too'],
    ],
    exits: ['done', 'differences', 'refused', 'rolledBack'],
    more: [
      'Uplinks get their addresses and routes back, objects with our mark go, files of other programs are restored. A file that was ' +
        'edited since is copied to removed/ beside the document.',
    ],
  },
};
