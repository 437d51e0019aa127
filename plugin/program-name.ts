/** The name under which the program is run: it selects the command line or a plugin. */
import { type Environment, FLAGS, type Sys } from '../reconciler/model/ports/sys.ts';
import type { Role } from './host.ts';
import { ROLE_VARIABLE } from './process.ts';

/** True under Bun. */
export const isBun = process.versions['bun'] !== undefined;

/**
 * The words that each name of the command line puts before its arguments. kubectl starts `kubectl-vnet` for `kubectl vnet`, and the other one to
 * complete its words.
 * Source: kubectl, plugins and their completion.
 */
const LEADING_WORDS = {
  vnet: [],
  reconcile: ['reconcile'],
  'kubectl-vnet': ['fleet'],
  'kubectl_complete-vnet': ['__complete', 'fleet'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A name of the command line. */
type CommandName = keyof typeof LEADING_WORDS;

/** Returns the arguments of the command line: the words of the name, then the given ones; a request for completion stays first. */
export function commandWords(name: CommandName, args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === '__complete'
    ? [first, ...LEADING_WORDS[name], ...rest]
    : [...LEADING_WORDS[name], ...args];
}

/** The name of the program. */
export type ProgramName = CommandName | Role;

const ROLES: readonly Role[] = ['azure-vnet', 'azure-vnet-ipam'];

/** Returns true for a name of the command line. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(LEADING_WORDS, name);
}

/**
 * Returns the name. Under any other one (a renamed copy, `tsx plugin/entry.ts`), a container runtime is known by CNI_COMMAND.
 * The shim passes its name: a compiled Bun program has its name neither in argv nor, through a link, in execPath.
 */
export function programName(sys: Sys, environment: Environment): ProgramName {
  const path = environment[ROLE_VARIABLE] ?? (isBun ? firstOfCommandLine(sys) : process.argv[1]);
  const invoked = (path ?? '').replace(/^.*\//, '');
  if (isCommandName(invoked)) return invoked;
  const own = ROLES.find((name) => name === invoked);
  return own ?? (environment['CNI_COMMAND'] === undefined ? 'vnet' : 'azure-vnet');
}

function firstOfCommandLine(sys: Sys): string | undefined {
  const fd = sys.open('/proc/self/cmdline', FLAGS.O_RDONLY, 0);
  const bytes = fd < 0 ? fd : sys.readAll(fd);
  if (fd >= 0) sys.close(fd);
  return typeof bytes === 'number' ? undefined : new TextDecoder().decode(bytes).split('\0')[0];
}
