/** The build to install: its executables, its version, and whether it accepts the node's document. */
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rootOf } from '../../../app/paths.ts';
import { VERSION } from '../../../app/version.ts';
import { fail, type Failure, failure, ok, type Result } from '../../../model/result.ts';
import type { RunTool } from '../../../os/run-tool.ts';
import type { VerbContext } from '../../verb.ts';
import { CNI_BIN, type SourceProgram } from './install-items.ts';
import { readProgram } from './inspect.ts';
import type { InstallOptions } from './install-options.ts';

/**
 * Returns the executables of the build.
 * Errors: `not-found`: the directory has none that run on their own (a bundle for Node.js needs files beside it).
 */
export function findPrograms(
  { plugin }: VerbContext,
  { from, verb }: InstallOptions,
): Result<{ readonly vnet: SourceProgram; readonly plugin: SourceProgram }> {
  const folder = from === undefined ? dirname(runningProgram(plugin.programPath ?? '')) : resolve(from);
  const [vnet, shim] = ['vnet', 'azure-vnet'].map((name) => readProgram(join(folder, name)));
  if (vnet !== undefined && shim !== undefined) return ok({ vnet, plugin: shim });
  const message = `${folder} has no executables vnet and azure-vnet that run on their own`;
  const hint = 'Name the directory of a build (npm run build writes dist/bin): --from DIR.';
  return fail('not-found', verb, message, { hint });
}

function runningProgram(path: string): string {
  return path === '/proc/self/exe' ? readlinkSync(path) : realpathSync(path);
}

/**
 * Returns why nothing may be changed; undefined if it may. The new build reads the document before it replaces the one
 * in force.
 */
export function whyRefused(
  { sys, paths }: VerbContext,
  { verb }: InstallOptions,
  { vnet }: { readonly vnet: SourceProgram },
  run: RunTool,
): Failure | undefined {
  const root = rootOf(paths);
  if (verb === 'upgrade' && !existsSync(`${root}${CNI_BIN}/vnet`)) {
    return failure('not-found', verb, `vnet is not installed in ${root}${CNI_BIN}`, {
      hint: 'Use vnet install.',
    });
  }
  if (typeof sys.stat(paths.document) === 'number') return undefined;
  const read = run(vnet.path, ['validate', paths.document]);
  if (read.kind === 'done') return undefined;
  const message = `${vnet.path} does not accept ${paths.document}: ${'said' in read ? read.said : read.kind}`;
  return failure('refused', verb, message, { hint: 'Correct the document, or use a newer build.' });
}

/** Returns the version of the build. */
export function versionOf({ path }: SourceProgram, run: RunTool): string {
  const said = run(path, ['--version']);
  return said.kind === 'done' ? said.stdout.trim() : VERSION;
}
