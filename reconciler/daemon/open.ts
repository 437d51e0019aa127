/** Opens the services beside the resident loop: the service manager's notifier and, if requested, metrics. */
import type { ResidentState, Sys } from '../model/ports/sys.ts';
import type { MetricsChoice } from './metrics/open.ts';
import type { Output } from '../app/output.ts';
import { type WatchHooks, joinHooks } from './watch-hooks.ts';
import { openNotify, watchdogMs } from './notify.ts';
import { notifyManager } from './service.ts';

/** The hooks of all services, and the function that closes them. */
export type OpenCompanions = Required<WatchHooks> & { readonly close: () => Promise<void> };

/** The environment of the process. Shape: `stay` is absent if the runtime's memory cannot be trimmed. */
export type ProcessEnvironment = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stay: ResidentState | undefined;
};

/** Resolves to the hooks of the services that environment and command line request. */
export async function openWatchServices(
  sys: Sys,
  choice: MetricsChoice,
  output: Output,
  { environment, stay }: ProcessEnvironment,
): Promise<OpenCompanions> {
  const notify = openNotify(sys, environment);
  const manager =
    notify === undefined ? [] : [notifyManager({ notify, watchdogMs: watchdogMs(environment, process.pid) })];
  const isMeasured = choice.metrics !== undefined || choice.metricsFile !== undefined;
  const metrics = isMeasured
    ? await (await import('./metrics/open.ts')).openMetrics(choice, output)
    : undefined;
  const small = stay === undefined ? [] : [trimAfterRounds(stay)];
  const all = joinHooks([...manager, ...small, ...(metrics === undefined ? [] : [metrics.hooks])]);
  return { ...all, close: async () => metrics?.close() };
}

/** Released pages must be read again when used, which takes time: not while pods start. Units: milliseconds. */
const QUIET_MS = 10_000;

/**
 * A start touches most of the program, and little of it is used again: released after it even while pods start, which then costs a
 * millisecond. The same every ten seconds in which there was no quiet: what compilers and collections touch is some 20 MiB. Units:
 * milliseconds.
 */
const STARTED_MS = 2_000;
const LONG_MS = 10_000;

/** Hooks of rounds, or of other work. */
type Trimmer = {
  readonly started: () => void;
  readonly onRound: () => void;
  readonly stopping: () => void;
};

/** Returns the hooks that release memory: once, when no round has run for some time, and after the start. */
export function trimAfterRounds({ trim, unmap }: ResidentState): Trimmer {
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let busy: ReturnType<typeof setTimeout> | undefined;
  const unmapAfter = (delayMs: number): void => {
    clearTimeout(busy);
    busy = setTimeout(() => {
      busy = undefined;
      unmap();
    }, delayMs);
    busy.unref();
  };
  const stop = (): void => {
    clearTimeout(quiet);
    clearTimeout(busy);
    busy = undefined;
  };
  return {
    started: () => unmapAfter(STARTED_MS),
    onRound: () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        stop();
        trim();
      }, QUIET_MS);
      quiet.unref();
      if (busy === undefined) unmapAfter(LONG_MS);
    },
    stopping: stop,
  };
}
