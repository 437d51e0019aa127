/**
 * The one program behind azure-vnet, azure-vnet-ipam, vnet and reconcile: runs the part that its name asks for. What a
 * CNI call needs is here at once; the command line is loaded when it is asked for, so that no call pays for it.
 */
import { createSys, expectLongRun } from '#sys';
import { FLAGS, type Sys } from '../reconciler/model/sys.ts';
import { runPlugin } from './main.ts';

const CLI_NAMES: readonly string[] = ['vnet', 'reconcile'];
const PLUGIN_NAMES: readonly string[] = ['azure-vnet', 'azure-vnet-ipam'];

/** Under any other name (a renamed copy, `tsx plugin/entry.ts`), a container runtime is known by CNI_COMMAND. */
function chooseName(invoked: string): string {
  if (CLI_NAMES.includes(invoked) || PLUGIN_NAMES.includes(invoked)) return invoked;
  return process.env['CNI_COMMAND'] === undefined ? 'vnet' : 'azure-vnet';
}

/** A compiled Bun program has neither its name in argv nor, behind a symbolic link, in execPath. */
function invokedAs(sys: Sys): string {
  const isBun = process.versions['bun'] !== undefined;
  const path = isBun ? firstOfCommandLine(sys) : process.argv[1];
  return (path ?? '').replace(/^.*\//, '');
}

function firstOfCommandLine(sys: Sys): string | undefined {
  const fd = sys.open('/proc/self/cmdline', FLAGS.O_RDONLY, 0);
  const bytes = fd < 0 ? fd : sys.readAll(fd);
  if (fd >= 0) sys.close(fd);
  return typeof bytes === 'number' ? undefined : new TextDecoder().decode(bytes).split('\0')[0];
}

async function run(): Promise<number> {
  const sys = createSys();
  const name = chooseName(invokedAs(sys));
  if (CLI_NAMES.includes(name)) {
    expectLongRun();
    const { runCli } = await import('../reconciler/cli/main.ts');
    return runCli(sys, name, process.argv.slice(2));
  }
  return runPlugin(sys, name);
}

process.exitCode = await run();
