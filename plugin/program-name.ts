/** The name under which the program is run: it selects the command line or a plugin. */
import { type Environment, FLAGS, type Sys } from '../reconciler/model/ports/sys.ts';
import type { Role } from './host.ts';
import { ROLE_VARIABLE } from './process.ts';

/** True under Bun. */
export const isBun = process.versions['bun'] !== undefined;

const NAMES = [
  'vnet',
  'reconcile',
  'kubectl-vnet',
  'kubectl_complete-vnet',
  'azure-vnet',
  'azure-vnet-ipam',
] as const;

/** The name of the program. */
export type ProgramName = (typeof NAMES)[number];

/** A name of the command line. */
export type CommandName = Exclude<ProgramName, Role>;

/** Returns true for a name of the command line. */
export function isCommandName(name: ProgramName): name is CommandName {
  return !name.startsWith('azure');
}

/**
 * Returns the name. Under any other one (a renamed copy, `tsx plugin/entry.ts`), a container runtime is known by CNI_COMMAND.
 * The shim passes its name: a compiled Bun program has its name neither in argv nor, through a link, in execPath.
 */
export function programName(sys: Sys, environment: Environment): ProgramName {
  const path = environment[ROLE_VARIABLE] ?? (isBun ? firstOfCommandLine(sys) : process.argv[1]);
  const invoked = (path ?? '').replace(/^.*\//, '');
  const known = NAMES.find((name) => name === invoked);
  return known ?? (environment['CNI_COMMAND'] === undefined ? 'vnet' : 'azure-vnet');
}

function firstOfCommandLine(sys: Sys): string | undefined {
  // Where /proc is missing, all three calls fail.
  const fd = sys.open('/proc/self/cmdline', FLAGS.O_RDONLY, 0);
  const bytes = sys.readAll(fd);
  sys.close(fd);
  return typeof bytes === 'number' ? undefined : new TextDecoder().decode(bytes).split('\0')[0];
}
