/** `vnet reconcile`. */
import type { Format } from '../../../app/print.ts';
import type { Disruption } from '../../../plan/step.ts';
import {
  disruptionOption,
  formatOption,
  intervalOption,
  type WithDisruption,
  type WithFormat,
} from '../../options.ts';
import type { Verb, VerbSession } from '../../verb.ts';

import type { WatchChoice } from '../loop/watching.ts';

/** What a round may do, or that it is only shown. */
export type RoundChoice = {
  readonly dryRun: boolean;
  readonly limit: Disruption;
  readonly override: boolean;
  readonly full: boolean;
  readonly format: Format;
};

type Options = WithFormat &
  WithDisruption & {
    readonly dryRun: boolean;
    readonly override: boolean;
    readonly full: boolean;
    readonly watch: boolean;
    readonly interval: number;
  };

/** Does one round, shows what it would do, or stays as `vnet watch` does. */
export const reconcileVerb: Verb<RoundChoice | { readonly watch: WatchChoice }> = {
  describe: (command, choose) =>
    command
      .description('make the kernel what the document says; --dry-run shows what that would be')
      .option('--dry-run', 'show the plan and write nothing; exit 2 when there is something to do', false)
      .addOption(disruptionOption(command, 'do nothing worse than this'))
      .option('--override', 'repair also what is paused or left by the policy of the document', false)
      .option('--full', 'read everything, and ask vnet watch nothing that it takes to be true', false)
      .option('--watch', 'stay, as vnet watch', false)
      .addOption(intervalOption(command))
      .addOption(formatOption(command))
      .action((options: Options) => {
        const {
          dryRun,
          maxDisruption: limit,
          override,
          full,
          output: format,
          interval: intervalMs,
        } = options;
        if (!options.watch) return choose({ dryRun, limit, override, full, format });
        if (dryRun || override || full || limit !== 'hitless' || format === 'yaml')
          command.error(
            'error: --watch takes --interval and -o json only: the loop itself does nothing worse',
          );
        choose({ watch: { intervalMs, format: format === 'text' ? 'text' : 'jsonl' } });
      }),
  run: async (session, choice) => {
    if ('watch' in choice) return (await import('../loop/watching.ts')).watch(session, choice.watch);
    return choice.dryRun ? runPreview(session, choice) : runReconcile(session, choice);
  },
  manual: {
    group: 'Converge',
    writes: 'the kernel; of the document only endpoints that are proven dead; --dry-run nothing',
    examples: [
      ['vnet reconcile --dry-run', 'what would be repaired, and why'],
      ['vnet reconcile', 'repair it'],
      ['vnet reconcile --max-disruption pod-outage', 'also what interrupts pods'],
      ['vnet reconcile --dry-run --full', 'the same without what vnet watch takes to be true'],
      ['vnet reconcile --watch', 'stay, as vnet watch'],
    ],
    exits: ['done', 'differences', 'partly', 'refused'],
    more: [
      'It is also installed as reconcile. Exit 2 is for --dry-run.',
      'Where vnet watch runs it is asked: it reads again all of the node, and those pods of which it has heard something. With --full, or to a terminal, everything is read anew.',
    ],
  },
};

async function runPreview(
  { sys, paths, withLook, output }: VerbSession,
  { override, limit, format }: RoundChoice,
): ReturnType<typeof reconcileVerb.run> {
  const [{ preview }, { openRecording }] = await Promise.all([
    import('./round-report.ts'),
    import('../../../app/record.ts'),
  ]);
  return withLook(
    (world) => {
      const { restraints } = openRecording({ sys, paths, store: world.store });
      return preview(world, { limit, restraints: override ? undefined : restraints }, format, output);
    },
    { isLazy: true },
  );
}

async function runReconcile(
  { sys, paths, who, withWorld, output }: VerbSession,
  { override, limit, format }: RoundChoice,
): ReturnType<typeof reconcileVerb.run> {
  const [{ endOverdue, reconcile }, { openRecording }, { createKeeper }] = await Promise.all([
    import('./round-report.ts'),
    import('../../../app/record.ts'),
    import('../../../app/keeper.ts'),
  ]);
  return withWorld(
    (world) => {
      const ended = endOverdue(world, createKeeper(sys, paths, who, output.warn), output);
      if (!ended.ok) return ended;
      const { restraints, record } = openRecording({ sys, paths, store: world.store });
      const options = { limit, restraints: override ? undefined : restraints };
      return reconcile({ ...world, record }, options, format, output);
    },
    { isLazy: true },
  );
}
