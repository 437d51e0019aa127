/** Runs the resident loop and its services for a verb. */
import type { ExitCode } from '../../../app/exit-codes.ts';
import type { MetricsChoice } from '../../../daemon/metrics/open.ts';
import type { WatchSettings } from '../../../daemon/watch.ts';
import type { Problem } from '../../../document/store/store.ts';
import type { Result } from '../../../model/result.ts';
import type { VerbContext } from '../../verb.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Options of the resident loop. Units: milliseconds. */
export type WatchChoice = WatchSettings & MetricsChoice;

/** Resolves at the end of the loop. Errors: `busy` if one already runs on this node. */
export async function watch(context: VerbContext, choice: WatchChoice): Promise<Result<ExitCode, Problem>> {
  const { sys, environment, output, plugin, answer } = context;
  // First, because it may re-execute the program.
  const staying = await plugin.stay?.('calls');
  const [{ runWatch }, { openWatchServices }] = await Promise.all([
    import('../../../daemon/watch.ts'),
    import('../../../daemon/open.ts'),
  ]);
  const services = await openWatchServices(sys, choice, output, { environment, stay: staying });
  try {
    const beside = { ...services, answer, ...omitUndefined({ serve: plugin.serve }) };
    return await runWatch(choice, context, output, beside);
  } finally {
    await services.close();
  }
}
