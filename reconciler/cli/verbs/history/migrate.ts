/** `vnet migrate`. */
import type { Verb } from '../../verb.ts';

/** Upgrades the document to the present version of its format. */
export const migrateVerb: Verb<{ readonly dryRun: boolean }> = {
  describe: (command, choose) =>
    command
      .description('upgrade the document to the present version of its format, without another change')
      .option('--dry-run', 'show the difference and change nothing; exit 2 if there is any')
      .action(({ dryRun = false }: { dryRun?: boolean }) => choose({ dryRun })),
  run: async ({ authorOf, withSession, withNode, output }, { dryRun }) => {
    const [{ migrate }, { slowPath: slow }] = await Promise.all([
      import('./migrate-document.ts'),
      import('../../../document/yaml/slow.ts'),
    ]);
    if (dryRun)
      return withNode(({ store }) =>
        migrate({ store: { read: () => store.read() }, slow, authorOf }, output),
      );
    return withSession(({ store }) => migrate({ store, slow, authorOf }, output));
  },
  manual: {
    group: 'History',
    writes: 'the document: a new generation with the same meaning',
    examples: [
      ['vnet migrate --dry-run', 'the lines that would change'],
      ['vnet migrate', 'upgrade now instead of with the next change'],
    ],
    exits: ['done', 'differences', 'conflict', 'noInput'],
    more: [
      'Every write upgrades an older document; comments, the order of keys and all other lines are preserved. Older versions ' +
        'stay readable. A program that knows only older versions changes neither the document nor the kernel.',
    ],
  },
};
