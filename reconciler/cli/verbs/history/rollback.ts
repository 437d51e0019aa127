/** `vnet rollback`. */
import { readGeneration } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { RollbackChoice } from './roll-back.ts';

/** Makes a generation with what people had written in an older one. */
export const rollbackVerb: Verb<RollbackChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'a new generation with what people had written in an older one; endpoints stay as they are',
      )
      .argument('<generation>', 'as vnet history lists it', readGeneration)
      .option('-m, --message <why>', 'why, for vnet history')
      .action((generation: number, { message: why }: { message?: string }) => choose({ generation, why })),
  run: async ({ sys, paths, withWorld, output }, choice) => {
    const [{ rollback }, { openHistory }, { slowPath }] = await Promise.all([
      import('./roll-back.ts'),
      import('./open-history.ts'),
      import('../../../document/yaml/slow.ts'),
    ]);
    return withWorld(({ store }) =>
      rollback({ store, history: openHistory(sys, paths), slow: slowPath }, choice, output),
    );
  },
  manual: {
    group: 'History',
    writes: 'the document: a new generation; endpoints stay; the next round brings it into the kernel',
    examples: [["vnet rollback 417 -m 'the overlay is gone'", 'what people had written in generation 417']],
    exits: ['done', 'conflict', 'noInput'],
  },
};
