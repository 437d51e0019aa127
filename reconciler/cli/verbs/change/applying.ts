/** Runs the verbs that change the document and the kernel together: plan, apply, confirm, revert. */
import { createHistory, type History } from '../../../document/history/history.ts';
import { slowPath } from '../../../document/yaml/slow.ts';
import type { Problem } from '../../../document/store/store.ts';
import type { Surroundings } from '../../../loop/change/apply.ts';
import { withParts } from '../../../model/part.ts';
import type { Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { apply } from './apply.ts';
import type { ApplyChoice, PlanChoice } from './commands-apply.ts';
import type { ExitCode } from '../../../app/exit-codes.ts';
import { createKeeper } from '../../../app/keeper.ts';
import { openLookWorld } from '../look/looking.ts';
import type { Output } from '../../../app/output.ts';
import type { NodePaths, PathChoice } from '../../../app/paths.ts';
import { planFile } from './plan.ts';
import { preview } from './reconcile.ts';
import { openRecording } from '../../../app/record.ts';
import { endWindow } from './window.ts';
import { armWindow } from './window-timer.ts';
import { openWorld } from '../../../app/world.ts';

/** Runs the verb and resolves to its exit code. What was begun is never begun again: parts are loaded where they are used. */
export async function runApplying(
  sys: Sys,
  choice: ApplyChoice & PathChoice,
  paths: NodePaths,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  if (choice.verb === 'plan') return runPlan(sys, choice, paths, output);
  const world = await openWorld(sys, paths, process.env, { who: `vnet ${choice.verb}`, isBrief: false });
  if (!world.ok) return world;
  const keeper = createKeeper(sys, paths, `vnet ${choice.verb}`, output.warn);
  try {
    if (choice.verb !== 'apply') return await endWindow(world.value, keeper, choice, output);
    const stop = stopSignals();
    try {
      const around = { ...stop.around, arm: armAll(choice, paths, output) };
      const { record } = openRecording({ sys, paths, store: world.value.store });
      return await apply(
        { world: world.value, keeper, history: historyOf(sys, paths), around, record },
        choice,
        output,
      );
    } finally {
      stop.end();
    }
  } finally {
    world.value.kernel.close();
  }
}

async function runPlan(
  sys: Sys,
  choice: PlanChoice,
  paths: NodePaths,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const world = await openLookWorld(sys, paths, process.env);
  if (!world.ok) return world;
  try {
    const isInForce = choice.file === undefined && choice.out === undefined;
    return await withParts(() =>
      isInForce
        ? preview(world.value, choice.format, output)
        : planFile(world.value, historyOf(sys, paths), choice, output),
    );
  } finally {
    world.value.close();
  }
}

function historyOf(sys: Sys, { document }: NodePaths): History {
  return createHistory(sys, document, () => slowPath);
}

function armAll(choice: PathChoice, paths: NodePaths, output: Output): Surroundings['arm'] {
  return (tentative) => {
    if (armWindow(tentative, choice, paths) !== undefined) return;
    output.warn('vnet: cannot start a timer for the deadline: the next vnet reconcile after it rolls back');
  };
}

const stay = (): void => undefined;

/** SIGINT and SIGTERM take back what is not finished; a terminal that goes away (SIGHUP) changes nothing. */
function stopSignals(): {
  readonly around: Pick<Surroundings, 'wait' | 'isInterrupted'>;
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
