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
import type { Verb, VerbContext } from '../../verb.ts';

import type { WatchChoice } from '../loop/run-watch.ts';
import type { Result } from '../../../model/result.ts';
import type { ExitCode } from '../../../app/exit-codes.ts';
import type { Problem } from '../../../document/store/store.ts';

/** Options of a round, or of its preview. */
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

/** Runs one round, previews it, or runs as `vnet watch`. */
export const reconcileVerb: Verb<RoundChoice | { readonly watch: WatchChoice }> = {
  describe: (command, choose) =>
    command
      .description('make the kernel match the document; --dry-run previews the steps')
      .option('--dry-run', 'show the plan and change nothing; exit 2 if there are steps', false)
      .addOption(disruptionOption(command))
      .option('--override', 'also repair objects that are paused or excluded by the policy', false)
      .option('--full', 'run a full scan instead of asking vnet watch', false)
      .option('--watch', 'run as a daemon, as vnet watch', false)
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
            'error: --watch takes only --interval and -o json: the loop is limited to hitless steps',
          );
        choose({ watch: { intervalMs, format: format === 'text' ? 'text' : 'jsonl' } });
      }),
  run: async (context, choice) => {
    if ('watch' in choice) return (await import('../loop/run-watch.ts')).watch(context, choice.watch);
    return choice.dryRun ? runPreview(context, choice) : runReconcile(context, choice);
  },
  manual: {
    group: 'Converge',
    writes: 'the kernel, and dead endpoints in the document; --dry-run: nothing',
    examples: [
      ['vnet reconcile --dry-run', 'the steps, with reasons'],
      ['vnet reconcile', 'repair drift'],
      ['vnet reconcile --max-disruption pod-outage', 'also steps that interrupt pods'],
      ['vnet reconcile --dry-run --full', 'the same by a full scan'],
      ['vnet reconcile --watch', 'run as a daemon, as vnet watch'],
    ],
    exits: ['done', 'differences', 'partly', 'refused'],
    more: [
      'Also installed as reconcile. Exit 2 occurs only with --dry-run.',
      'A running vnet watch answers: it reads the node again, but enters only pods with notifications. With --full, or on a terminal, everything is read.',
    ],
  },
};

async function runPreview(
  { sys, paths, withPast, output }: VerbContext,
  { override, limit, format }: RoundChoice,
): Promise<Result<ExitCode, Problem>> {
  const [{ preview }, { openRoundContext }] = await Promise.all([
    import('./round-report.ts'),
    import('../../../app/round-context.ts'),
  ]);
  return withPast(
    (node) => {
      const { repairLimits } = openRoundContext({ sys, paths, store: node.store });
      return preview(node, { limit, repairLimits: override ? undefined : repairLimits }, format, output);
    },
    { isLazy: true },
  );
}

async function runReconcile(
  { sys, paths, who, withSession, output, kernels }: VerbContext,
  { override, limit, format }: RoundChoice,
): Promise<Result<ExitCode, Problem>> {
  const [{ rollBackOverdue, reconcile }, { openRoundContext }, { createTentativeStore }] = await Promise.all([
    import('./round-report.ts'),
    import('../../../app/round-context.ts'),
    import('../../../app/tentative-store.ts'),
  ]);
  const packetFilters = await kernels.openPacketFilters?.(sys);
  return withSession(
    (session) => {
      const ended = rollBackOverdue(session, createTentativeStore(sys, paths, who, output.warn), output);
      if (!ended.ok) return ended;
      const { repairLimits, record } = openRoundContext({
        sys,
        paths,
        store: session.store,
        packetFilters,
      });
      const options = { limit, repairLimits: override ? undefined : repairLimits };
      return reconcile({ ...session, record }, options, format, output);
    },
    { isLazy: true },
  );
}
