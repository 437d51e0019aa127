/** `vnet doctor`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

type DoctorChoice = { readonly fix: boolean; readonly format: Format };

/** Checks the node, and mends what is safe to mend when it is asked to. */
export const doctorVerb: Verb<DoctorChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'check the node: kernel, tools, sysctls, other network managers, CNI files; exit 2 for problems',
      )
      .option('--fix', 'mend what is safe to mend, and say how to undo it', false)
      .addOption(formatOption(command))
      .action(({ fix, output: format }: WithFormat & { fix: boolean }) => choose({ fix, format })),
  run: async ({ sys, paths, withLook, output }, choice) => {
    const { doctor } = await import('./examination.ts');
    return withLook((world) => doctor(world, choice, output, { sys, paths }));
  },
  manual: {
    group: 'Help',
    writes: 'nothing; --fix mends what is safe to mend and says how to undo it',
    examples: [
      ['vnet doctor', 'kernel, tools, sysctls, other network managers, CNI files, with the remedy of each'],
      ['vnet doctor --fix', 'mend what can be mended without a risk'],
    ],
    exits: ['done', 'differences'],
  },
};
