/** `vnet doctor`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

type DoctorChoice = { readonly fix: boolean; readonly format: Format };

/** Checks the node and, with --fix, applies the safe remedies. */
export const doctorVerb: Verb<DoctorChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'check the node: kernel, tools, sysctls, other network managers, CNI files; exit 2 if there are problems',
      )
      .option('--fix', 'apply safe fixes, and print how to undo them', false)
      .addOption(formatOption(command))
      .action(({ fix, output: format }: WithFormat & { fix: boolean }) => choose({ fix, format })),
  run: async ({ sys, paths, environment, withPast, output }, choice) => {
    const [{ doctor }, { toolRunner }] = await Promise.all([import('./run-doctor.ts'), import('#run-tool')]);
    const run = toolRunner(environment);
    return withPast((node) => doctor(node, choice, output, { sys, paths, run }));
  },
  manual: {
    group: 'Help',
    writes: 'nothing; --fix applies safe fixes and prints how to undo them',
    examples: [
      ['vnet doctor', 'kernel, tools, sysctls, other network managers, CNI files, with the remedy of each'],
      ['vnet doctor --fix', 'apply the safe fixes'],
    ],
    exits: ['done', 'differences'],
  },
};
