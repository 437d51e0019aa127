/** Runs the controller for a verb, while it holds the lease. */
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { nodeName } from '../../../app/session.ts';
import { runController } from '../../../cluster/controller/controller.ts';
import { runAsLeader } from '../../../cluster/controller/leader.ts';
import type { Problem } from '../../../document/store/store.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { VerbContext } from '../../verb.ts';
import { openCluster, stopSignal } from './open-cluster.ts';

/** Options. */
export type ControllerChoice = {
  readonly identity?: string | undefined;
  readonly kubeconfig?: string | undefined;
};

/** Resolves when the process was asked to end. Errors: no cluster. */
export async function controller(
  context: VerbContext,
  choice: ControllerChoice,
): Promise<Result<ExitCode, Problem>> {
  const { sys, environment, output } = context;
  const cluster = openCluster(context, choice.kubeconfig);
  if (!cluster.ok) return cluster;
  const log = (text: string): void => output.warn(`vnet controller: ${text}`);
  const name = choice.identity ?? environment['POD_NAME'] ?? nodeName(sys, environment);
  // A process that is started again at once must not take itself for the holder.
  const identity = `${name}_${process.pid}`;
  const stop = stopSignal();
  try {
    const ports = { ...cluster.value, log };
    const candidate = { ...ports, identity, time: () => microTime(new Date()) };
    await runAsLeader(candidate, (signal) => runController(ports, signal), stop.signal);
    return ok(EXIT.done);
  } finally {
    stop.end();
    cluster.value.transport.close();
  }
}

/** The form of times in a Lease (MicroTime). */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
