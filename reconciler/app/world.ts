/** The composition root: where ports get their implementations. */
import type { Memory } from '../document/store/standing.ts';
import { createStore, type StoreOptions } from '../document/store/store.ts';
import { readPath } from '../os/file.ts';
import { createJournal } from '../loop/takeover/undo-file.ts';
import { createKernel } from '../kernel/apply/apply.ts';
import { createObserver } from '../kernel/observe/observe.ts';
import type { PreviewWorld } from '../loop/round/round.ts';
import type { World } from '../loop/round/world.ts';
import type { Kernel } from '../model/ports/kernel.ts';
import { createPart } from '../model/part.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import type { Sys } from '../model/ports/sys.ts';
import type { Baseline } from '../plan/baseline.ts';
import type { NodePaths } from './paths.ts';
import { createRoundLock } from './round-lock.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Only for a document whose text is not canonical, or whose head was never read: withParts() then loads it. */
const slow = createPart(async () => (await import('../document/yaml/slow.ts')).slowPath);

/** Only for a node's very first call. */
const create = createPart(async () => (await import('../document/yaml/create.ts')).createVersion);

/** Only for what an administrator saved, for history, and once in many generations. */
const archive = createPart(async () => (await import('../document/history/archive.ts')).archive);

/** Only for who has to make the table. */
const nft = createPart(async () => (await import('../kernel/apply/nft-command.ts')).createNft());

/** After a boot the document gets the new boot's id, and a checkpoint with it, and the table is made. */
function prepare(): void {
  archive();
  nft();
}

/**
 * Who opens a world. Shape: `who` is named to whoever waits for us; `isBrief`: for one pod, and only for a moment; `kernel` and
 * `memory` are those that stay from world to world.
 */
export type Visitor = {
  readonly who: string;
  readonly isBrief: boolean;
  readonly kernel?: Kernel;
  readonly memory?: Memory;
};

/** Returns a kernel for the calls of many runtimes' processes, one after the other. */
export function openResidentKernel(sys: Sys): Kernel {
  return createKernel(sys, nft, { isBrief: true, stays: true });
}

/**
 * Returns the world with everything in it. What is done in it belongs inside withParts().
 * Errors: `not-found`: no boot id.
 */
export async function openWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
  { who, isBrief, kernel, memory }: Visitor,
): Promise<Result<World>> {
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const node = nodeName(sys, environment);
  return ok({
    kernel: kernel ?? (await openKernel(sys, environment, isBrief)),
    store: createStore(sys, paths, node, {
      slow,
      create,
      archive,
      ...(memory === undefined ? {} : { memory }),
      ...(await openPerson(isBrief)),
    }),
    rounds: createRoundLock(sys, paths.runDirectory, who),
    journal: createJournal(sys, `${paths.runDirectory}/takeover.journal`),
    now: () => new Date(),
    sleep: (durationMs) => sys.sleep(durationMs),
    bootId: bootId.value,
    node,
    ...(isBrief ? {} : { baseline: await openBaseline(sys, paths), prepare }),
  });
}

/**
 * Returns a world that can't write: its netlink sockets refuse everything but reading. What is done in it belongs
 * inside withParts().
 */
export async function openPreviewWorld(
  sys: Sys,
  paths: NodePaths,
  environment: Environment,
): Promise<Result<PreviewWorld & { close(): void }>> {
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const node = nodeName(sys, environment);
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  const kernel = simulated === undefined ? createObserver(sys) : await openSimulated(sys, simulated);
  const store = createStore(sys, paths, node, { slow, archive });
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

/** Nobody is at a CNI call; what is long is run by a person, or by a timer of root's. */
async function openPerson(isBrief: boolean): Promise<Pick<StoreOptions, 'person'>> {
  if (isBrief) return {};
  const { authorOf } = await import('./author.ts');
  return { person: () => authorOf('vnet') };
}

/** A baseline that can't be read covers nothing; `vnet drift` and `vnet doctor` say why. */
async function openBaseline(sys: Sys, paths: NodePaths): Promise<() => Baseline | undefined> {
  const { readBaseline } = await import('../loop/files/baseline-file.ts');
  return () => {
    const baseline = readBaseline(sys, paths.stateDirectory);
    return baseline.ok ? baseline.value : undefined;
  };
}

async function openKernel(sys: Sys, environment: Environment, isBrief: boolean): Promise<Kernel> {
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  return simulated === undefined ? createKernel(sys, nft, { isBrief }) : openSimulated(sys, simulated);
}

async function openSimulated(sys: Sys, path: string): Promise<Kernel> {
  const { openSimulatedFile } = await import('../kernel/simulated/file.ts');
  return openSimulatedFile(sys, path);
}

/** Returns the name of this node: Kubernetes calls nodes by their host name in lower case. */
export function nodeName(sys: Sys, environment: Environment): string {
  return environment['VNET_NODE'] ?? readLine(sys, '/proc/sys/kernel/hostname')?.toLowerCase() ?? '';
}

function readBootId(sys: Sys, paths: NodePaths): Result<string> {
  for (const path of paths.bootIds) {
    const bootId = readLine(sys, path);
    if (bootId !== undefined) return ok(bootId);
  }
  return err(
    failure('not-found', 'read the boot id', `none of ${paths.bootIds.join(', ')} can be read`, {
      hint: 'vnet needs /proc to tell one boot from the next',
    }),
  );
}

function readLine(sys: Sys, path: string): string | undefined {
  const bytes = readPath(sys, path);
  return bytes.ok && bytes.value !== undefined ? new TextDecoder().decode(bytes.value).trim() : undefined;
}
