/** `vnet apply`. */
import {
  disruptionOption,
  formatOption,
  readGeneration,
  timeOption,
  type WithDisruption,
  type WithFormat,
  WITHDRAW_HELP,
} from '../../options.ts';
import type { Verb, VerbContext } from '../../verb.ts';

import type { ApplyChoice, ApplyPorts } from './apply-file.ts';

type Options = WithFormat &
  WithDisruption & {
    readonly file?: string;
    readonly dryRun: boolean;
    readonly confirmWithin?: number;
    readonly message?: string;
    readonly ifGeneration?: number;
    readonly withdraw: boolean;
    readonly yes: boolean;
  };

/** Applies a file, verifies it, and rolls back if that fails or it is not confirmed. */
export const applyVerb: Verb<ApplyChoice> = {
  describe: (command, choose) =>
    command
      .description('apply FILE: merged with later CNI writes, verified, rolled back on failure')
      .option('-f, --file <file>', 'a document or a saved plan, - for stdin (default: the document in force)')
      .option('--dry-run', 'show the plan and any objections; change nothing', false)
      .addOption(
        timeOption(
          command,
          '--confirm-within <time>',
          'roll back unless confirmed in time (vnet confirm): 90s, 2m',
        ),
      )
      .option('-m, --message <why>', 'reason, for the history')
      .option('--if-generation <n>', 'apply only if this is the latest generation', readGeneration)
      .addOption(disruptionOption(command))
      .option('--withdraw', WITHDRAW_HELP, false)
      .option('--yes', 'do not ask before interrupting pods', false)
      .addOption(formatOption(command))
      .action(({ file, dryRun, confirmWithin: windowMs, message: why, ifGeneration, ...given }: Options) => {
        const { maxDisruption: limit, withdraw, yes, output: format } = given;
        choose({ file, dryRun, windowMs, why, ifGeneration, limit, withdraw, yes, format });
      }),
  run: async (context, choice) => {
    const { sys, paths, who, output, authorOf } = context;
    const [{ apply }, { createTentativeStore }, { openRoundContext }, { openHistory }] = await Promise.all([
      import('./apply-file.ts'),
      import('../../../app/tentative-store.ts'),
      import('../../../app/round-context.ts'),
      import('../history/open-history.ts'),
    ]);
    const arm = await openArm(context);
    return context.withSession(async (session) => {
      const stop = stopSignals();
      try {
        const tentativeStore = createTentativeStore(sys, paths, who, output.warn);
        const { record } = openRoundContext({ sys, paths, store: session.store });
        const around = { ...stop.around, arm };
        const given = { session, tentativeStore, history: openHistory(sys, paths), around, record, authorOf };
        return await apply(given, choice, output);
      } finally {
        stop.end();
      }
    });
  },
  manual: {
    group: 'Change',
    writes: 'the document, then the kernel; both are rolled back if verification fails',
    examples: [
      ['vnet apply -f new.yaml --dry-run', 'the plan and any objections'],
      ["vnet apply -f new.yaml --confirm-within 2m -m 'MTU of the overlay'", 'rolled back unless confirmed'],
      ['vnet apply -f new.plan', 'a plan saved by vnet plan --out'],
      ['vnet apply -f new.yaml --max-disruption pod-outage --yes', 'interrupt pods if necessary'],
    ],
    exits: [
      'done',
      'differences',
      'partly',
      'conflict',
      'refused',
      'rolledBack',
      'rollBackIncomplete',
      'interrupted',
    ],
    more: [
      'CNI writes since the file was read are kept: the file is merged with them by object. The rollback plan is on disk before the first write.',
      'The confirm window of --confirm-within survives the shell, the connection and a reboot. Exit 2 occurs only with --dry-run.',
    ],
  },
  completes: { '--if-generation': { node: 'generations' } },
};

async function openArm(context: VerbContext): Promise<ApplyPorts['around']['arm']> {
  const { armWindow } = await import('../window/window-timer.ts');
  return (tentative) => {
    if (armWindow(tentative, context) !== undefined) return;
    context.output.warn(
      'vnet: cannot start a timer for the deadline: the next vnet reconcile after it rolls back',
    );
  };
}

const stay = (): void => undefined;

/** SIGINT and SIGTERM roll back an unfinished apply; a closed terminal (SIGHUP) does not. */
function stopSignals(): {
  readonly around: Pick<ApplyPorts['around'], 'wait' | 'isInterrupted'>;
  readonly end: () => void;
} {
  let isInterrupted = false;
  let wake: (() => void) | undefined;
  const stop = (): void => {
    isInterrupted = true;
    wake?.();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stay);
  const wait = (durationMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, isInterrupted ? 0 : durationMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    around: { wait, isInterrupted: () => isInterrupted },
    end: () => void process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stay),
  };
}
