/** Who runs beside the resident loop: the service manager's line, and metrics where they are asked for. */
import type { Stay, Sys } from '../model/ports/sys.ts';
import type { MetricsChoice } from './metrics/open.ts';
import type { Output } from '../app/output.ts';
import { type Companion, joinCompanions } from './companion.ts';
import { openNotify, watchdogMs } from './notify.ts';
import { tellManager } from './service.ts';
import { trimAfterRounds } from './trim.ts';

/** Everybody who runs beside the loop, as one, and how to end them. */
export type OpenCompanions = Required<Companion> & { readonly close: () => Promise<void> };

/** Where it runs. Shape: `stay` is absent where a process is as large as it is. */
export type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stay: Stay | undefined;
};

/** Resolves to whoever the environment and the command line ask for. */
export async function openCompanions(
  sys: Sys,
  choice: MetricsChoice,
  output: Output,
  { environment, stay }: Surroundings,
): Promise<OpenCompanions> {
  const notify = openNotify(sys, environment);
  const manager =
    notify === undefined ? [] : [tellManager({ notify, watchdogMs: watchdogMs(environment, process.pid) })];
  const isMeasured = choice.metrics !== undefined || choice.metricsFile !== undefined;
  const metrics = isMeasured
    ? await (await import('./metrics/open.ts')).openMetrics(choice, output)
    : undefined;
  const small = stay === undefined ? [] : [trimAfterRounds(stay)];
  const all = joinCompanions([...manager, ...small, ...(metrics === undefined ? [] : [metrics.companion])]);
  return { ...all, close: async () => metrics?.close() };
}
