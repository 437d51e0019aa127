/** `vnet man`. */
import type { Verb } from '../../verb.ts';
import type { ManChoice } from './run-man.ts';

/** Shows a manual page, or writes all of them to a directory. */
export const manVerb: Verb<ManChoice> = {
  describe: (command, choose) =>
    command
      .description('the manual: roff on standard output, or in man(1) on a terminal')
      .argument('[page]', 'vnet (default), a verb, vnet.yaml, azure-vnet')
      .option('--out <dir>', 'write all pages to this directory, in man1, man5 and man8')
      .action((page: string | undefined, { out }: { out?: string }) => choose({ page, out })),
  run: async ({ describeAll, plugin, output }, choice) => {
    const [{ man }, line, page] = await Promise.all([
      import('./run-man.ts'),
      describeAll(),
      plugin.pluginPage?.(),
    ]);
    return man(line, page === undefined ? [] : [page], choice, output);
  },
  manual: {
    group: 'Help',
    writes: 'nothing; --out writes the pages',
    examples: [
      ['vnet man', 'the manual: vnet(1)'],
      ['vnet man apply', 'the page of one verb'],
      ['vnet man vnet.yaml', 'every field of the document'],
      ['vnet man --out /usr/local/share/man', 'install all pages for man(1)'],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { page: 'pages' },
};
