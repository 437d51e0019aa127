/** Compiles the two small C programs for measuring. */
import { join } from 'node:path';
import { execNow, mustExec } from '../test/support/exec.ts';
import { findCommand } from '../test/support/tools.ts';

const NATIVE = join(import.meta.dirname, 'native');

/** Tools that the benchmark needs beyond the lab's, by command, with their Debian packages. */
const TOOLS = [
  { command: 'cc', package: 'gcc libc6-dev' },
  { command: 'ebtables', package: 'ebtables' },
];

/** Installs a C compiler and ebtables if apt-get can. Errors: returns the missing ones. */
export function installTools(say: (line: string) => void): readonly string[] {
  const missing = TOOLS.filter(({ command }) => findCommand(command) === undefined);
  if (missing.length === 0) return [];
  const packages = missing.flatMap((tool) => tool.package.split(' '));
  if (process.getuid?.() === 0 && findCommand('apt-get') !== undefined) {
    say(`installing ${packages.join(' ')} with apt-get`);
    const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000 };
    execNow(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], options);
  }
  return TOOLS.filter(({ command }) => findCommand(command) === undefined).map(({ command }) => command);
}

/** Ensures the compiled programs in the folder and returns their paths. Errors: throws the compiler's message. */
export function compilePrograms(folder: string): { readonly timer: string; readonly packets: string } {
  const compile = (name: string): string => {
    const program = join(folder, name);
    mustExec(['cc', '-O2', '-o', program, join(NATIVE, `${name}.c`)]);
    return program;
  };
  return { timer: compile('timer'), packets: compile('packets') };
}
