/** Runs the agent for a verb: one on each node. */
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { nodeName } from '../../../app/session.ts';
import { VERSION } from '../../../app/version.ts';
import { runAgent } from '../../../cluster/agent/agent.ts';
import { openLocalNode } from '../../../cluster/agent/local-node.ts';
import { keepMembers } from '../../../cluster/members/keep-members.ts';
import { createPolicyReport } from '../../../cluster/members/policy-report.ts';
import { appendMembers, writeMembers } from '../../../document/members-file.ts';
import type { MembersChange } from '../../../document/members-lines.ts';
import { trimAfterRounds } from '../../../daemon/open.ts';
import type { Problem } from '../../../document/store/store.ts';
import { writeFollowed } from '../../../loop/files/cluster-copy-file.ts';
import { ok, type Result } from '../../../model/result.ts';
import { takeLock } from '../../../os/lock.ts';
import type { VerbContext } from '../../verb.ts';
import { armWindow } from '../window/window-timer.ts';
import type { PagePlace } from './running-page.ts';
import type { LocalAddress } from '../../../os/local-http/address.ts';
import { openCluster, stopSignal } from './open-cluster.ts';
import type { Tentative } from '../../../loop/change/tentative.ts';

/** Options. */
export type AgentChoice = {
  readonly node?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly networkUnavailable?: boolean | undefined;
  readonly extendedResource?: string | undefined;
  readonly page?: LocalAddress | undefined;
};

/** The time between looks at the node, and at the lock of another agent. Units: milliseconds. */
const POLL_MS = 2000;

/** The interval in which an idle agent releases the pages of its program that its looks touched. Units: milliseconds. */
const TRIM_MS = 60_000;

/** Resolves when the process was asked to end. Errors: no cluster; the node cannot be opened. */
export async function agent(context: VerbContext, choice: AgentChoice): Promise<Result<ExitCode, Problem>> {
  const { sys, environment, output, plugin } = context;
  // First, because it may re-execute the program.
  const staying = await plugin.stay?.('rare');
  const memory = staying === undefined ? undefined : trimAfterRounds(staying, TRIM_MS);
  const cluster = openCluster(context, choice.kubeconfig);
  if (!cluster.ok) return cluster;
  const stop = stopSignal();
  const log = (text: string): void => output.warn(`vnet agent: ${text}`);
  const release = await awaitTurn(context, cluster.value.clock, stop.signal, log);
  if (!release.ok) return release;
  const parts = {
    place: context,
    warn: output.warn,
    isStopped: () => stop.signal.aborted,
    arm: (tentative: Tentative) => void armWindow(tentative, context),
  };
  const node = await openLocalNode(parts);
  if (!node.ok) return node;
  const name = choice.node ?? environment['NODE_NAME'] ?? nodeName(sys, environment);
  const worked = (): void => memory?.onRound();
  const { isEnforcing, policy, opened } = createPolicyReport(node.value);
  const common = { ...cluster.value, log, time: timeNow, worked };
  const ports = { ...common, node: node.value, policy };
  const copy = copyPorts(context);
  // Only this option loads it: the page keeps all nodes in memory.
  const servePage = async (place: PagePlace): Promise<void> =>
    (await import('./running-page.ts')).runPage(context, place, stop.signal);
  try {
    const { networkUnavailable = false, extendedResource: resource, page } = choice;
    const nodeFields = { setsNetworkUnavailable: networkUnavailable, resource };
    await Promise.all([
      runAgent(ports, { name, version: VERSION, pollMs: POLL_MS, nodeFields }, stop.signal),
      page === undefined ? undefined : servePage({ ...cluster.value, address: page, name, log }),
      keepMembers({ ...common, ...copy, opened }, { name, isEnforcing, pollMs: POLL_MS }, stop.signal),
    ]);
    return ok(EXIT.done);
  } finally {
    stop.end();
    memory?.stopping();
    node.value.close();
    cluster.value.transport.close();
    release.value();
  }
}

/** Returns the files of the node's copy of the cluster. */
function copyPorts({ sys, paths }: VerbContext) {
  const files = { sys, directory: paths.stateDirectory };
  const store = {
    write: (whole: MembersChange) => writeMembers(files, whole),
    append: (change: MembersChange) => appendMembers(files, change),
  };
  const followed = (): void => writeFollowed(sys, paths.runDirectory, timeNow());
  return { store, followed };
}

function timeNow(): string {
  return new Date().toISOString();
}

/** Waits while another agent runs on this node: a DaemonSet starts the new one before the old one ends. */
async function awaitTurn(
  { sys, paths, who }: VerbContext,
  clock: { sleep(durationMs: number, signal?: AbortSignal): Promise<void> },
  signal: AbortSignal,
  log: (text: string) => void,
): Promise<Result<() => void>> {
  const path = `${paths.runDirectory}/agent.lock`;
  for (let isTold = false; ; isTold = true) {
    const lock = takeLock(sys, { path, mode: 'exclusive', who, timeoutMs: 0 });
    if (lock.ok || lock.error.code !== 'timeout' || signal.aborted) return lock;
    if (!isTold) log(`another agent runs on this node: ${lock.error.message}`);
    await clock.sleep(POLL_MS, signal);
  }
}
