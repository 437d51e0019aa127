/** `vnet resume`. */
import type { Verb } from '../../verb.ts';

/** Ends a pause. Shape: without an object, all pauses. */
export const resumeVerb: Verb<{ readonly object: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description('end a pause, or all of them')
      .argument('[object]', 'an object as in vnet pause; absent: all')
      .action((object: string | undefined) => choose({ object })),
  run: async (context, { object }) => {
    const { openPausing, resume } = await import('./run-pause.ts');
    return resume(object, openPausing(context), context.output);
  },
  manual: {
    group: 'Converge',
    writes: 'pause.json in the run directory',
    examples: [
      ['vnet resume', 'end all pauses'],
      ["vnet resume 'link azure0'", 'end one pause'],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { object: { node: 'paused' } },
};
