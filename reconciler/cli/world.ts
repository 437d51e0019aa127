/** The composition root: where ports get their implementations. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createStore } from '../document/store.ts';
import { createJournal } from '../kernel/journal.ts';
import { createKernel } from '../kernel/apply.ts';
import { loadNft } from '../kernel/load-nft.ts';
import { createObserver } from '../kernel/observe.ts';
import { openSimulatedFile } from '../kernel/simulated-file.ts';
import { createPlatformSys } from '../kernel/sys.ts';
import type { PreviewWorld } from '../loop/round.ts';
import type { World } from '../loop/world.ts';
import type { Kernel } from '../model/kernel.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import type { Sys } from '../model/sys.ts';
import type { NodePaths } from './paths.ts';
import { createRoundLock } from './round-lock.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the world with everything in it; `who` is named to whoever waits for us. Errors: `not-found`: no boot id. */
export async function openWorld(
  paths: NodePaths,
  environment: Environment,
  who = `azure-vnet ${environment['CNI_COMMAND'] ?? ''}`,
): Promise<Result<World & { readonly sys: Sys }>> {
  const bootId = readBootId(paths);
  if (!bootId.ok) return bootId;
  const sys = await createPlatformSys();
  const node = nodeName(environment);
  return ok({
    sys,
    kernel: await openKernel(sys, environment),
    store: createStore(sys, paths, node),
    rounds: createRoundLock(sys, paths.runDirectory, who),
    journal: createJournal(sys, `${paths.runDirectory}/takeover.journal`),
    now: () => new Date(),
    sleep: (durationMs) => sys.sleep(durationMs),
    bootId: bootId.value,
    node,
  });
}

/** Returns a world that can't write: its netlink sockets refuse everything but reading. */
export async function openPreviewWorld(
  paths: NodePaths,
  environment: Environment,
): Promise<Result<PreviewWorld & { close(): void }>> {
  const bootId = readBootId(paths);
  if (!bootId.ok) return bootId;
  const sys = await createPlatformSys();
  const node = nodeName(environment);
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  const kernel = simulated === undefined ? createObserver(sys) : openSimulatedFile(sys, simulated);
  const store = createStore(sys, paths, node);
  return ok({
    kernel,
    store,
    now: () => new Date(),
    bootId: bootId.value,
    node,
    close: () => kernel.close(),
  });
}

async function openKernel(sys: Sys, environment: Environment): Promise<Kernel> {
  const simulated = environment['VNET_SIMULATED_KERNEL'];
  return simulated === undefined ? createKernel(sys, await loadNft()) : openSimulatedFile(sys, simulated);
}

/** Kubernetes calls nodes by their host name in lower case. */
function nodeName(environment: Environment): string {
  return environment['VNET_NODE'] ?? hostname().toLowerCase();
}

function readBootId(paths: NodePaths): Result<string> {
  for (const path of paths.bootIds) {
    try {
      return ok(readFileSync(path, 'utf8').trim());
    } catch {
      // The next one may be there.
    }
  }
  return err(
    failure('not-found', 'read the boot id', `none of ${paths.bootIds.join(', ')} can be read`, {
      hint: 'vnet needs /proc to tell one boot from the next',
    }),
  );
}
