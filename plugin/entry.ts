/**
 * The one program behind azure-vnet, azure-vnet-ipam, vnet and reconcile: runs the part that its name asks for. Each
 * part is loaded only when it is needed, so that a CNI call does not pay for the command line.
 */
import { readFileSync } from 'node:fs';

const CLI_NAMES: readonly string[] = ['vnet', 'reconcile'];
const PLUGIN_NAMES: readonly string[] = ['azure-vnet', 'azure-vnet-ipam'];

/** Under any other name (a renamed copy, `tsx plugin/entry.ts`), a container runtime is known by CNI_COMMAND. */
function chooseName(invoked: string): string {
  if (CLI_NAMES.includes(invoked) || PLUGIN_NAMES.includes(invoked)) return invoked;
  return process.env['CNI_COMMAND'] === undefined ? 'vnet' : 'azure-vnet';
}

/** A compiled Bun program has neither its name in argv nor, behind a symbolic link, in execPath. */
function invokedAs(): string {
  const isBun = process.versions['bun'] !== undefined;
  const path = isBun ? firstOfCommandLine() : process.argv[1];
  return (path ?? '').replace(/^.*\//, '');
}

function firstOfCommandLine(): string | undefined {
  try {
    return readFileSync('/proc/self/cmdline', 'utf8').split('\0')[0];
  } catch {
    return undefined;
  }
}

async function run(name: string): Promise<number> {
  if (CLI_NAMES.includes(name)) {
    const { runCli } = await import('../reconciler/cli/main.ts');
    return runCli(name, process.argv.slice(2));
  }
  const { runPlugin } = await import('./main.ts');
  return runPlugin(name);
}

process.exitCode = await run(chooseName(invokedAs()));
