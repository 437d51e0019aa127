/** Both executables, azure-vnet and azure-vnet-ipam: puts the world together and answers one call. */
import { resolvePaths } from '../reconciler/cli/paths.ts';
import { VERSION } from '../reconciler/cli/version.ts';
import { openWorld } from '../reconciler/cli/world.ts';
import type { World } from '../reconciler/loop/world.ts';
import { createPart } from '../reconciler/model/part.ts';
import { err, ok, type Result } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import { dispatch, type OpenHost } from './dispatch.ts';
import { type CniError, toCniError } from './errors.ts';
import type { PoolSource, Programs } from './host.ts';
import { present } from './json.ts';
import { isOwnNetns, readStdin, writeAll } from './process.ts';

/** Answers the one call that this process was started for; returns its exit code. `name` is the executable's. */
export async function runPlugin(sys: Sys, name: string): Promise<number> {
  const answer = await dispatch({
    role: name === 'azure-vnet-ipam' ? 'azure-vnet-ipam' : 'azure-vnet',
    version: VERSION,
    argv: process.argv.slice(2),
    env: process.env,
    readStdin: () => readStdin(sys),
    open: (document) => openHost(sys, document),
  });
  writeAll(sys, 2, answer.stderr);
  writeAll(sys, 1, answer.stdout);
  return answer.exitCode;
}

/** The environment goes before the configuration: who sets it (a test, a lab) means this very call. */
async function openHost(sys: Sys, document: string | undefined): Promise<Result<OpenHost, CniError>> {
  const paths = resolvePaths({ document: process.env['VNET_DOCUMENT'] ?? document }, process.env);
  const who = `azure-vnet ${process.env['CNI_COMMAND'] ?? ''}`;
  const world = await openWorld(sys, paths, process.env, { who, isBrief: true });
  if (!world.ok) return err(toCniError(world.error, 'kernel'));
  return ok({
    world: world.value,
    pools: poolSource(sys, world.value, paths.runDirectory),
    programs,
    isOwnNetns: (path) => process.env['VNET_SIMULATED_KERNEL'] === undefined && isOwnNetns(sys, path),
    note: (line) => writeAll(sys, 2, `${line}\n`),
    close: () => world.value.kernel.close(),
  });
}

const programsPart = createPart(async () => (await import('./programs.ts')).programs);

const programs: Programs = {
  find: (name, folders) => programsPart().find(name, folders),
  run: (file, env, stdin) => programsPart().run(file, env, stdin),
};

function poolSource(sys: Sys, { now }: World, runDirectory: string): PoolSource {
  return {
    prepare: async ({ network, ipam, known }) => {
      const { refreshPool } = await import('../reconciler/fabric/pool-source.ts');
      return refreshPool({
        sys,
        runDirectory,
        network,
        now: now(),
        need: known === undefined ? 'first' : 'exhausted',
        ...present({
          current: known?.pool,
          uplinkMac: known?.mode === 'bridge' ? known.uplink.mac : undefined,
          url: ipam.url,
        }),
      });
    },
  };
}
