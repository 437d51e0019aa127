/** `vnet confirm`. */
import { formatOption, readGeneration, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { WindowChoice } from './end-window.ts';

/** Confirms the unconfirmed change. */
export const confirmVerb: Verb<WindowChoice> = {
  describe: (command, choose) =>
    command
      .description('keep the unconfirmed change')
      .argument('[id]', 'the unconfirmed generation', readGeneration)
      .addOption(formatOption(command))
      .action((id: number | undefined, { output: format }: WithFormat) => choose({ id, format })),
  run: async ({ sys, paths, who, withSession, output }, choice) => {
    const [{ confirmWindow }, { createTentativeStore }] = await Promise.all([
      import('./end-window.ts'),
      import('../../../app/tentative-store.ts'),
    ]);
    return withSession((session) =>
      confirmWindow(session, createTentativeStore(sys, paths, who, output.warn), choice, output),
    );
  },
  manual: {
    group: 'Change',
    writes: 'ends the confirm window; document and kernel are unchanged',
    examples: [
      ['vnet confirm', 'keep the unconfirmed change'],
      ['vnet confirm 419', 'only if this is the unconfirmed generation'],
    ],
    exits: ['done', 'rollBackIncomplete', 'timedOut', 'noInput'],
  },
  completes: { id: { node: 'tentative' } },
};
