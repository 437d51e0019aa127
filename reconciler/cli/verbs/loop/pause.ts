/** `vnet pause`. */
import { timeOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { PauseChoice } from './pauses.ts';

/** Leaves an object, or everything, as it is for a while. */
export const pauseVerb: Verb<PauseChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'leave an object, or everything, as it is for a while; ADD and DEL go on; a reboot ends it too',
      )
      .argument('[object]', 'an object as status names it, a pod, an endpoint, a network; absent: everything')
      .addOption(timeOption(command, '--for <time>', 'how long: 90s, 10m, 1h', '1h'))
      .option('--reason <text>', 'why, for whoever meets it')
      .action((object: string | undefined, { for: forMs, reason: why }: { for: number; reason?: string }) =>
        choose({ object, forMs, why }),
      ),
  run: async (session, choice) => {
    const { openPausing, pause } = await import('./pauses.ts');
    const read = await session.withPreview(({ store }) => store.read());
    const document = read.ok ? read.value?.document : undefined;
    return pause(choice, { ...openPausing(session), document }, session.output);
  },
  manual: {
    group: 'Converge',
    writes: 'pause.json in the run directory; ADD and DEL go on',
    examples: [
      ["vnet pause 'link azure0' --for 10m --reason 'capture of traffic'", 'leave the bridge as it is'],
      ['vnet pause default/web-0', 'leave all of a pod as it is'],
      ['vnet pause --for 1h', 'leave everything as it is'],
    ],
    exits: ['done', 'noInput'],
  },
};
