/** The composition root: gives the ports their implementations. */
import { loadWhole } from '../document/library.ts';
import type { Memory } from '../document/store/standing.ts';
import { createStore, type StoreOptions } from '../document/store/store.ts';
import { readPath } from '../os/file.ts';
import { createJournal } from '../loop/takeover/undo-file.ts';
import { createKernel } from '../kernel/apply/apply.ts';
import type { Nft } from '../kernel/apply/context.ts';
import { createObserver } from '../kernel/observe/observe.ts';
import type { Node, Session } from '../loop/node/session.ts';
import type { Kernel } from '../model/ports/kernel.ts';
import { Bug, err, failure, ok, type Result } from '../model/result.ts';
import type { Sys } from '../model/ports/sys.ts';
import type { Baseline } from '../plan/baseline.ts';
import { library } from './library.ts';
import type { NodePaths } from './paths.ts';
import { createRoundLock } from './round-lock.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The opener of a world.
 * Shape: `who` is shown to processes waiting for us; `isBrief`: for one pod and a short time; `isLazy`: the
 * library is loaded in parts on demand, and work in the world belongs inside whenLoaded(); otherwise it is
 * loaded at once. `kernel` and `memory` are shared between worlds.
 */
export type Visitor = {
  readonly who: string;
  readonly isBrief: boolean;
  readonly isLazy?: boolean;
  readonly kernel?: Kernel;
  readonly memory?: Memory;
};

/** Returns a kernel for a resident process that serves CNI calls one after another. */
export function openResidentKernel(sys: Sys): Kernel {
  return createKernel(sys, createLazyNft(), { isBrief: true, stays: true });
}

/** Returns the complete world. Errors: `not-found` without a boot ID. */
export async function openWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
  { who, isBrief, isLazy = isBrief, kernel, memory }: Visitor,
): Promise<Result<Session>> {
  if (!isLazy) await loadWhole(library);
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const node = nodeName(sys, environment);
  return ok({
    kernel: kernel ?? (await openKernel(sys, environment, isBrief)),
    store: createStore(sys, paths, node, {
      library,
      ...(memory === undefined ? {} : { memory }),
      ...(await openPerson(isBrief)),
    }),
    rounds: createRoundLock(sys, paths.runDirectory, who),
    library,
    journal: createJournal(sys, `${paths.runDirectory}/takeover.journal`),
    now: () => new Date(),
    sleep: (durationMs) => sys.sleep(durationMs),
    bootId: bootId.value,
    node,
    ...(isBrief ? {} : { baseline: await openBaseline(sys, paths) }),
  });
}

/** Returns a read-only world: its netlink sockets refuse every change. `isLazy` as in Visitor. */
export async function openPreviewWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
  isLazy = false,
): Promise<Result<Node & { close(): void }>> {
  if (!isLazy) await loadWhole(library);
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const node = nodeName(sys, environment);
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  const kernel = simulated === undefined ? createObserver(sys) : await openSimulated(sys, simulated);
  const store = createStore(sys, paths, node, { library });
  return ok({
    kernel,
    store,
    now: () => new Date(),
    bootId: bootId.value,
    node,
    baseline: await openBaseline(sys, paths),
    close: () => kernel.close(),
  });
}

/** A CNI call has no user; other operations are run by a user or by root's timer. */
async function openPerson(isBrief: boolean): Promise<Pick<StoreOptions, 'person'>> {
  if (isBrief) return {};
  const { authorOf } = await import('./author.ts');
  return { person: () => authorOf('vnet') };
}

/** An unreadable baseline accepts nothing; `vnet drift` and `vnet doctor` report it. */
async function openBaseline(sys: Sys, paths: NodePaths): Promise<() => Baseline | undefined> {
  const { readBaseline } = await import('../loop/files/baseline-file.ts');
  return () => {
    const baseline = readBaseline(sys, paths.stateDirectory);
    return baseline.ok ? baseline.value : undefined;
  };
}

async function openKernel(sys: Sys, environment: Environment, isBrief: boolean): Promise<Kernel> {
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  if (simulated !== undefined) return openSimulated(sys, simulated);
  const kernel = createKernel(sys, createLazyNft(), { isBrief });
  if (!isBrief) await kernel.prepareTables();
  return kernel;
}

/** Loaded by prepareTables() only: loading the nft runner takes longer than an ADD. */
function createLazyNft(): Nft {
  let loaded: Nft | undefined;
  return {
    load: async () => {
      loaded ??= (await import('../kernel/apply/nft-command.ts')).createNft();
    },
    run: (script) => {
      if (loaded === undefined) throw new Bug('prepareTables() comes before a table is made');
      return loaded.run(script);
    },
  };
}

async function openSimulated(sys: Sys, path: string): Promise<Kernel> {
  const { openSimulatedFile } = await import('../kernel/simulated/file.ts');
  return openSimulatedFile(sys, path);
}

/** Returns the node's name: its host name in lower case, as in Kubernetes, unless VNET_NODE is set. */
export function nodeName(sys: Sys, environment: Environment): string {
  return environment['VNET_NODE'] ?? readLine(sys, '/proc/sys/kernel/hostname')?.toLowerCase() ?? '';
}

function readBootId(sys: Sys, paths: NodePaths): Result<string> {
  for (const path of paths.bootIds) {
    const bootId = readLine(sys, path);
    if (bootId !== undefined) return ok(bootId);
  }
  return err(
    failure('not-found', 'read the boot id', `none of ${paths.bootIds.join(', ')} is readable`, {
      hint: 'vnet needs /proc to identify the boot.',
    }),
  );
}

function readLine(sys: Sys, path: string): string | undefined {
  const bytes = readPath(sys, path);
  return bytes.ok && bytes.value !== undefined ? new TextDecoder().decode(bytes.value).trim() : undefined;
}
