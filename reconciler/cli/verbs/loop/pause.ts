/** `vnet pause`. */
import { timeOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { PauseChoice } from './run-pause.ts';

/** Suspends repairs of an object, or all repairs, for a time. */
export const pauseVerb: Verb<PauseChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'stop repairs of an object, or of everything, for a time; ADD and DEL continue; a reboot ends it',
      )
      .argument('[object]', 'an object as in vnet status, a pod, an endpoint, a network; absent: everything')
      .addOption(timeOption(command, '--for <time>', 'duration: 90s, 10m, 1h', '1h'))
      .option('--reason <text>', 'reason shown to other operators')
      .action((object: string | undefined, { for: forMs, reason: why }: { for: number; reason?: string }) =>
        choose({ object, forMs, why }),
      ),
  run: async (context, choice) => {
    const { openPausing, pause } = await import('./run-pause.ts');
    const read = await context.withNode(({ store }) => store.read());
    const document = read.ok ? read.value?.document : undefined;
    return pause(choice, { ...openPausing(context), document }, context.output);
  },
  manual: {
    group: 'Converge',
    writes: 'pause.json in the run directory; ADD and DEL continue',
    examples: [
      ["vnet pause 'link azure0' --for 10m --reason 'capture of traffic'", 'do not repair the bridge'],
      ['vnet pause default/web-0', 'do not repair the objects of a pod'],
      ['vnet pause --for 1h', 'do not repair anything'],
    ],
    exits: ['done', 'noInput'],
  },
};
