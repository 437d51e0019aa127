/** Composition of azure-vnet and azure-vnet-ipam: opens the node and answers one call. */
import { type NodePaths, resolvePaths } from '../reconciler/app/paths.ts';
import { nodeName, openWorld } from '../reconciler/app/world.ts';
import type { Memory } from '../reconciler/document/store/standing.ts';
import type { Session } from '../reconciler/loop/node/session.ts';
import type { Kernel } from '../reconciler/model/ports/kernel.ts';
import { coreOf } from '../reconciler/model/modes/cores.ts';
import { err, ok, type Result } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/ports/sys.ts';
import { type Answer, dispatch, type Given, type OpenHost } from './dispatch.ts';
import type { Perform } from './drive.ts';
import type { Environment } from './protocol/environment.ts';
import { type CniError, toCniError } from './protocol/errors.ts';
import type { PoolSource, Turns } from './host.ts';
import { present } from './protocol/json.ts';
import { isOwnNetns } from './process.ts';

/** A call that was received. */
export type PluginCall = Pick<Given, 'role' | 'argv' | 'env' | 'readStdin'>;

/**
 * State that a server keeps between calls.
 * Shape: `later` runs work that the answer need not wait for; `nodes` has one entry per node, by its paths;
 * `perform` batches the effects of concurrent calls.
 */
export type Resident = {
  readonly kernel: Kernel;
  readonly memory: Memory;
  readonly later: (work: () => void) => void;
  readonly perform: Perform;
  readonly noteCall: () => void;
  readonly nodes: Map<string, SharedNode>;
  readonly createTurns: () => Turns;
};

/** State that the calls of one node share. */
type SharedNode = { readonly world: Session; readonly turns?: Turns };

/** Resolves to the answer to one call. */
export async function answerCall(sys: Sys, call: PluginCall, resident?: Resident): Promise<Answer> {
  let notes = '';
  const note = (line: string): void => {
    notes += `${line}\n`;
  };
  const given = {
    ...call,
    version: async () => (await import('../reconciler/app/version.ts')).VERSION,
    open: (document: string | undefined) => openHost(sys, call.env, { document, note, resident }),
  };
  const answer = await dispatch(given, resident?.perform);
  return notes === '' ? answer : { ...answer, stderr: notes + answer.stderr };
}

type Wishes = {
  readonly document: string | undefined;
  readonly note: (line: string) => void;
  readonly resident: Resident | undefined;
};

/** The environment overrides the configuration: it is set for this very call (by a test, a lab). */
async function openHost(
  sys: Sys,
  env: Environment,
  { document, note, resident }: Wishes,
): Promise<Result<OpenHost, CniError>> {
  const paths = resolvePaths({ document: env['VNET_DOCUMENT'] ?? document }, env);
  const node = await openNode(sys, { paths, env, resident });
  if (!node.ok) return err(toCniError(node.error, 'kernel'));
  const { world } = node.value;
  return ok({
    ...node.value,
    pools: poolSource(sys, world, { runDirectory: paths.runDirectory, env, note }),
    programs: async () => (await import('./programs.ts')).programs,
    isOwnNetns: (path) => env['VNET_SIMULATED_KERNEL'] === undefined && isOwnNetns(sys, path),
    note,
    close: () => letGo(world.kernel, resident),
  });
}

type Opening = {
  readonly paths: NodePaths;
  readonly env: Environment;
  readonly resident: Resident | undefined;
};

async function openNode(sys: Sys, { paths, env, resident }: Opening): Promise<Result<SharedNode>> {
  if (resident === undefined) {
    const who = `azure-vnet ${env['CNI_COMMAND'] ?? ''}`;
    const world = await openWorld(sys, paths, env, { who, isBrief: true });
    return world.ok ? ok({ world: world.value }) : world;
  }
  const { kernel, memory, nodes, createTurns } = resident;
  // Callers choose paths and node name, so the map is keyed by them, and bounded.
  const place = JSON.stringify([paths.document, paths.runDirectory, nodeName(sys, env)]);
  const known = nodes.get(place);
  if (known !== undefined) return ok(known);
  const world = await openWorld(sys, paths, env, { who: 'azure-vnet', isBrief: true, kernel, memory });
  if (!world.ok) return world;
  if (nodes.size >= MOST_NODES) nodes.clear();
  const opened = { world: world.value, turns: createTurns() };
  nodes.set(place, opened);
  return ok(opened);
}

const MOST_NODES = 16;

function letGo(kernel: Kernel, resident: Resident | undefined): void {
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
    prepare: async ({ network, ipam, known }) => {
      const { refreshPool } = await import('../reconciler/fabric/pool-source.ts');
      return refreshPool({
        sys,
        runDirectory,
        note,
        network,
        now: now(),
        need: known === undefined ? 'first' : 'exhausted',
        ...present({
          current: known?.pools,
          uplinkMac: known && coreOf(known).links(known).uplink?.mac,
          url: ipam.url ?? known?.pools.ipv4?.url ?? known?.pools.ipv6?.url ?? env['VNET_HOST_ENDPOINT'],
        }),
      });
    },
  };
}
