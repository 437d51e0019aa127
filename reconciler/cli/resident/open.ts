/** Who runs beside the resident loop: the service manager's line, and metrics where they are asked for. */
import type { Sys } from '../../model/sys.ts';
import type { MetricsChoice } from '../metrics/open.ts';
import type { Output } from '../output.ts';
import { type Companion, joinCompanions } from './companion.ts';
import { openNotify, watchdogMs } from './notify.ts';
import { tellManager } from './service.ts';

/** Everybody who runs beside the loop, as one, and how to end them. */
export type OpenCompanions = Required<Companion> & { readonly close: () => Promise<void> };

/** Resolves to whoever the environment and the command line ask for. */
export async function openCompanions(
  sys: Sys,
  choice: MetricsChoice,
  output: Output,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OpenCompanions> {
  const notify = openNotify(sys, environment);
  const manager =
    notify === undefined ? [] : [tellManager({ notify, watchdogMs: watchdogMs(environment, process.pid) })];
  const isMeasured = choice.metrics !== undefined || choice.metricsFile !== undefined;
  const metrics = isMeasured
    ? await (await import('../metrics/open.ts')).openMetrics(choice, output)
    : undefined;
  const all = joinCompanions([...manager, ...(metrics === undefined ? [] : [metrics.companion])]);
  return { ...all, close: async () => metrics?.close() };
}
