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
 * A start and a full scan touch most of the program, and little of it is used again: its pages are released soon after, even while pods
 * start, which costs the next call a millisecond. The same every ten seconds while calls and rounds go on: compilers and collections touch some 20 MiB.
 * Units: milliseconds.
 */
const UNUSED_MS = 2_000;
const LONG_MS = 10_000;

/** A collection goes on after its call, and touches much of the program. Units: milliseconds. */
const COLLECTED_MS = 5_000;

/** Hooks of rounds, or of other work. */
type Trimmer = {
  readonly started: () => void;
  readonly onRound: () => void;
  readonly stopping: () => void;
};

/**
 * Returns the hooks that release memory: once, when no round has run for some time, and after the start. A process that looks around while it is
 * idle touches a little more each time: with `idleMs`, its pages are released after the collection and in this interval. Units: milliseconds.
 */
export function trimAfterRounds({ trim, unmap }: ResidentState, idleMs?: number): Trimmer {
  const quiet = makeDelay();
  const unused = makeDelay();
  const long = makeDelay();
  const stop = (): void => {
    for (const delay of [quiet, unused, long]) delay.stop();
  };
  const release = (): void => {
    unused.stop();
    long.stop();
    unmap();
  };
  const releaseWhileIdle = (delayMs: number): void =>
    quiet.restart(delayMs, () => {
      unmap();
      if (idleMs !== undefined) releaseWhileIdle(idleMs);
    });
  return {
    started: () => long.restart(UNUSED_MS, release),
    onRound: () => {
      quiet.restart(QUIET_MS, () => {
        stop();
        trim();
        if (idleMs !== undefined) releaseWhileIdle(COLLECTED_MS);
      });
      unused.restart(UNUSED_MS, release);
      if (!long.isRunning()) long.restart(LONG_MS, release);
    },
    stopping: stop,
  };
}

type Delay = {
  readonly isRunning: () => boolean;
  /** Calls the function once, when the time has passed since the last start. */
  readonly restart: (delayMs: number, then: () => void) => void;
  readonly stop: () => void;
};

/** Returns a delay that does not keep the process alive. */
function makeDelay(): Delay {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    isRunning: () => timer !== undefined,
    restart: (delayMs, then) => {
      stop();
      timer = setTimeout(() => {
        timer = undefined;
        then();
      }, delayMs);
      timer.unref();
    },
    stop,
  };
}
