/** Composition of azure-vnet and azure-vnet-ipam: opens the node and answers one call. */
import type { KernelAccess, NodePlace } from '../reconciler/app/kernel/access.ts';
import { openLinuxKernel } from '../reconciler/app/kernel/linux-kernel.ts';
import { resolvePaths } from '../reconciler/app/paths.ts';
import { nodeName, openSession } from '../reconciler/app/session.ts';
import type { DocumentCache } from '../reconciler/document/store/current.ts';
import type { Session } from '../reconciler/loop/node/session.ts';
import type { Kernel } from '../reconciler/model/ports/kernel.ts';
import { coreOf } from '../reconciler/model/modes/cores.ts';
import { err, ok, type Result } from '../reconciler/model/result.ts';
import type { Environment, Sys } from '../reconciler/model/ports/sys.ts';
import { type Answer, dispatch, type CallInputs, type OpenHost } from './dispatch.ts';
import type { Perform } from './run-work.ts';
import { type CniError, toCniError } from './protocol/errors.ts';
import type { PoolSource, CreationQueue } from './host.ts';
import { omitUndefined } from '../reconciler/model/objects.ts';
import { isOwnNetns } from './process.ts';

/** A call that was received. */
export type PluginCall = Pick<CallInputs, 'role' | 'argv' | 'env' | 'readStdin'>;

/**
 * State that a server keeps between calls.
 * Shape: `later` runs work that the answer need not wait for; `nodes` has one entry per node, by its paths;
 * `perform` batches the effects of concurrent calls.
 */
export type Resident = {
  readonly kernel: Kernel;
  readonly cache: DocumentCache;
  readonly later: (work: () => void) => void;
  readonly perform: Perform;
  readonly noteCall: () => void;
  readonly nodes: Map<string, SharedNode>;
  readonly createCreationQueue: () => CreationQueue;
};

/** State that the calls of one node share. */
type SharedNode = { readonly session: Session; readonly turns?: CreationQueue };

/** State that calls of a resident process share, and access to the kernel, unless it is the machine's. */
export type CallHome = { readonly resident?: Resident; readonly openKernel?: KernelAccess['open'] };

/** Resolves to the answer to one call. */
export async function answerCall(
  sys: Sys,
  call: PluginCall,
  { resident, openKernel }: CallHome = {},
): Promise<Answer> {
  let notes = '';
  const note = (line: string): void => {
    notes += `${line}\n`;
  };
  const given = {
    ...call,
    version: async () => (await import('../reconciler/app/version.ts')).VERSION,
    open: (document: string | undefined) => openHost(sys, call.env, { document, note, resident, openKernel }),
  };
  const answer = await dispatch(given, resident?.perform);
  return notes === '' ? answer : { ...answer, stderr: notes + answer.stderr };
}

type HostOptions = {
  readonly document: string | undefined;
  readonly note: (line: string) => void;
  readonly resident: Resident | undefined;
  readonly openKernel: KernelAccess['open'] | undefined;
};

/** The environment overrides the configuration: it is set for this very call (by a test, a lab). */
async function openHost(
  sys: Sys,
  environment: Environment,
  { document, note, resident, openKernel }: HostOptions,
): Promise<Result<OpenHost, CniError>> {
  const paths = resolvePaths({ document: environment['VNET_DOCUMENT'] ?? document }, environment);
  const place = { sys, paths, environment };
  const node = resident === undefined ? await openForCall(place, openKernel) : openShared(place, resident);
  if (!node.ok) return err(toCniError(node.error, 'kernel'));
  const { session } = node.value;
  return ok({
    ...node.value,
    pools: poolSource(sys, session, { runDirectory: paths.runDirectory, env: environment, note }),
    programs: async () => (await import('./programs.ts')).programs,
    whyNotWritable: async () =>
      (await import('../reconciler/os/write-probe.ts')).whyNotWritable(paths.document),
    place: { sys, runDirectory: paths.runDirectory },
    isOwnNetns: (path) => isOwnNetns(sys, path),
    note,
    close: () => closeKernel(session.kernel, resident),
  });
}

type CallPlace = Omit<NodePlace, 'kernels'>;

async function openForCall(
  place: CallPlace,
  openKernel: HostOptions['openKernel'],
): Promise<Result<SharedNode>> {
  const { sys, paths, environment } = place;
  const kernel =
    (await openKernel?.(sys, paths, 'one-shot')) ?? openLinuxKernel(sys, 'one-shot', environment);
  const session = openSession(place, { who: `azure-vnet ${environment['CNI_COMMAND'] ?? ''}`, kernel });
  return session.ok ? ok({ session: session.value }) : session;
}

function openShared(
  place: CallPlace,
  { kernel, cache, nodes, createCreationQueue }: Resident,
): Result<SharedNode> {
  const { sys, paths, environment } = place;
  // Callers choose paths and node name, so the map is keyed by them, and bounded.
  const name = JSON.stringify([paths.document, paths.runDirectory, nodeName(sys, environment)]);
  const known = nodes.get(name);
  if (known !== undefined) return ok(known);
  const session = openSession(place, { who: 'azure-vnet', kernel, cache });
  if (!session.ok) return session;
  if (nodes.size >= MAX_NODES) nodes.clear();
  const opened = { session: session.value, turns: createCreationQueue() };
  nodes.set(name, opened);
  return ok(opened);
}

const MAX_NODES = 16;

function closeKernel(kernel: Kernel, resident: Resident | undefined): void {
  if (resident === undefined) kernel.close();
  else resident.later(() => kernel.leavePods());
}

/** The parts of a call that a pool source needs. */
type PoolPlace = {
  readonly runDirectory: string;
  readonly env: Environment;
  readonly note: (line: string) => void;
};

function poolSource(sys: Sys, { now }: Session, { runDirectory, env, note }: PoolPlace): PoolSource {
  return {
    prepare: async ({ network, ipam, known, masterMac }) => {
      const { answeredMac, refreshPool } = await import('../reconciler/fabric/pool-source.ts');
      const refreshed = await refreshPool({
        sys,
        runDirectory,
        note,
        network,
        now: now(),
        need: known === undefined ? 'first' : 'exhausted',
        ...omitUndefined({
          current: known?.pools,
          uplinkMac: known === undefined ? masterMac : coreOf(known).links(known).uplink?.mac,
          url: ipam.url ?? known?.pools.ipv4?.url ?? known?.pools.ipv6?.url ?? env['VNET_HOST_ENDPOINT'],
        }),
      });
      if (!refreshed.ok || refreshed.value === undefined) return refreshed.ok ? ok(undefined) : refreshed;
      const nicMac = answeredMac(sys, runDirectory, network);
      return ok({ pools: refreshed.value, ...omitUndefined({ nicMac }) });
    },
  };
}
