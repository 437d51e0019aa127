/**
 * The one program behind azure-vnet, azure-vnet-ipam, vnet and reconcile: runs the part that its name asks for. A CNI
 * call is handed to the resident process when there is one; what it needs otherwise, and the command line, are loaded
 * when they are asked for, so that no call pays for them.
 */
import { createSys, endProcess, expectLongRun } from '#sys';
import type { CniAnswer } from '../reconciler/cli/export.ts';
import type { ServeCalls } from '../reconciler/cli/watch.ts';
import type { Page } from '../reconciler/cli/manual/page.ts';
import type { Result } from '../reconciler/model/result.ts';
import { FLAGS, type Sys } from '../reconciler/model/sys.ts';
import { forwardCall } from './forward.ts';
import type { Role } from './host.ts';
import { readStdin, writeAll } from './process.ts';

const CLI_NAMES: readonly string[] = ['vnet', 'reconcile'];
const PLUGIN_NAMES: readonly string[] = ['azure-vnet', 'azure-vnet-ipam'];

/** The calls that change or read the node; the others are answered from nothing. */
const FORWARDED: readonly string[] = ['ADD', 'DEL', 'CHECK', 'STATUS', 'GC'];

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

async function run(): Promise<void> {
  const sys = createSys();
  const name = chooseName(invokedAs(sys));
  if (!CLI_NAMES.includes(name)) {
    endProcess(await runPlugin(sys, name));
    return;
  }
  expectLongRun();
  const { runCli } = await import('../reconciler/cli/main.ts');
  const serve: ServeCalls = async (runDirectory, onCall) =>
    (await import('./serve.ts')).serveCalls(sys, runDirectory, onCall);
  process.exitCode = await runCli(sys, name, process.argv.slice(2), { loadCniAnswer, serve, pluginPage });
}

async function loadCniAnswer(): Promise<CniAnswer> {
  return (await import('./cni-answer.ts')).cniAnswer;
}

async function pluginPage(): Promise<Page> {
  return (await import('./manual.ts')).pluginPage();
}

/** VNET_DIRECT keeps a call in its own process, as does the simulated kernel, which is that of one process. */
async function runPlugin(sys: Sys, name: string): Promise<number> {
  const role: Role = name === 'azure-vnet-ipam' ? 'azure-vnet-ipam' : 'azure-vnet';
  const { env } = process;
  const argv = process.argv.slice(2);
  const isForwarded =
    FORWARDED.includes(env['CNI_COMMAND'] ?? '') &&
    argv.length === 0 &&
    env['VNET_DIRECT'] === undefined &&
    env['VNET_SIMULATED_KERNEL'] === undefined;
  let read: Result<string, string> | undefined;
  const call = { role, argv, env, readStdin: () => (read ??= readStdin(sys)) };
  const forwarded = isForwarded ? forwardCall(sys, call) : undefined;
  const answer = forwarded ?? (await (await import('./main.ts')).answerCall(sys, call));
  writeAll(sys, 2, answer.stderr);
  writeAll(sys, 1, answer.stdout);
  return answer.exitCode;
}

await run();
