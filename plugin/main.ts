/** Both executables, azure-vnet and azure-vnet-ipam: puts the world together and answers one call. */
import { resolvePaths } from '../reconciler/cli/paths.ts';
import { VERSION } from '../reconciler/cli/version.ts';
import { openWorld } from '../reconciler/cli/world.ts';
import { refreshPool } from '../reconciler/fabric/pool-source.ts';
import type { World } from '../reconciler/loop/world.ts';
import { err, ok, type Result } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import { dispatch, type OpenHost } from './dispatch.ts';
import { type CniError, toCniError } from './errors.ts';
import type { PoolSource } from './host.ts';
import { present } from './json.ts';
import { ownNetnsInode, programs, readStdin, writeAll } from './process.ts';

/** Answers the one call that this process was started for; returns its exit code. `name` is the executable's. */
export async function runPlugin(name: string): Promise<number> {
  const answer = await dispatch({
    role: name === 'azure-vnet-ipam' ? 'azure-vnet-ipam' : 'azure-vnet',
    version: VERSION,
    argv: process.argv.slice(2),
    env: process.env,
    readStdin,
    open: openHost,
  });
  writeAll(2, answer.stderr);
  writeAll(1, answer.stdout);
  return answer.exitCode;
}

/** The environment goes before the configuration: who sets it (a test, a lab) means this very call. */
async function openHost(document: string | undefined): Promise<Result<OpenHost, CniError>> {
  const paths = resolvePaths({ document: process.env['VNET_DOCUMENT'] ?? document }, process.env);
  const world = await openWorld(paths, process.env);
  if (!world.ok) return err(toCniError(world.error, 'kernel'));
  return ok({
    world: world.value,
    pools: poolSource(world.value, paths.runDirectory),
    programs,
    ownNetnsInode: process.env['VNET_SIMULATED_KERNEL'] === undefined ? ownNetnsInode() : undefined,
    note: (line) => writeAll(2, `${line}\n`),
    close: () => world.value.kernel.close(),
  });
}

function poolSource({ sys, now }: World & { readonly sys: Sys }, runDirectory: string): PoolSource {
  return {
    prepare: ({ network, ipam, known }) =>
      refreshPool({
        sys,
        runDirectory,
        network,
        now: now(),
        need: known === undefined ? 'first' : 'exhausted',
        ...present({ current: known?.pool, uplinkMac: known?.uplink.mac, url: ipam.url }),
      }),
  };
}
