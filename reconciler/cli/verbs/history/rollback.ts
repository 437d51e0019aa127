/** `vnet rollback`. */
import { readGeneration } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { RollbackChoice } from './roll-back.ts';

/** Restores the hand-edited part of an older generation as a new one. */
export const rollbackVerb: Verb<RollbackChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'restore the hand-edited part of an older generation as a new one; endpoints are unchanged',
      )
      .argument('<generation>', 'a generation of vnet history', readGeneration)
      .option('-m, --message <why>', 'reason, for the history')
      .action((generation: number, { message: why }: { message?: string }) => choose({ generation, why })),
  run: async ({ sys, paths, authorOf, withSession, output }, choice) => {
    const [{ rollback }, { openHistory }, { slowPath }] = await Promise.all([
      import('./roll-back.ts'),
      import('./open-history.ts'),
      import('../../../document/yaml/slow.ts'),
    ]);
    return withSession(({ store }) =>
      rollback({ store, history: openHistory(sys, paths), slow: slowPath, authorOf }, choice, output),
    );
  },
  manual: {
    group: 'History',
    writes: 'the document: a new generation with the same endpoints; the next round applies it to the kernel',
    examples: [["vnet rollback 417 -m 'the overlay is gone'", 'the hand-edited part of generation 417']],
    exits: ['done', 'conflict', 'noInput'],
  },
};
