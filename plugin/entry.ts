/**
 * The program behind azure-vnet, azure-vnet-ipam, vnet and reconcile; the name it is called by selects its
 * part. Plugin and command line are loaded lazily, so that neither pays for the other. The executable in the
 * plugins' place is the shim (plugin/shim), which starts this program as a server if none is running.
 */
import { createSys, endProcess, expectLongRun, expectToStay } from '#sys';
import type { CniAnswer } from '../reconciler/cni/answer.ts';
import type { ServeCalls } from '../reconciler/daemon/watch.ts';
import type { Page } from '../reconciler/app/manual-page.ts';
import { FLAGS, type Sys } from '../reconciler/model/ports/sys.ts';
import type { Role } from './host.ts';
import { readStdin, ROLE_VARIABLE, writeAll } from './process.ts';

const CLI_NAMES: readonly string[] = ['vnet', 'reconcile'];
const PLUGIN_NAMES: readonly string[] = ['azure-vnet', 'azure-vnet-ipam'];

/**
 * Under any other name (a renamed copy, `tsx plugin/entry.ts`), CNI_COMMAND in the environment indicates a
 * container runtime.
 */
function chooseName(invoked: string): string {
  if (CLI_NAMES.includes(invoked) || PLUGIN_NAMES.includes(invoked)) return invoked;
  return process.env['CNI_COMMAND'] === undefined ? 'vnet' : 'azure-vnet';
}

const isBun = process.versions['bun'] !== undefined;

/**
 * The shim passes its name in a variable: a compiled Bun program does not find its name in argv nor, behind a
 * link, in execPath.
 */
function invokedAs(sys: Sys): string {
  const path = process.env[ROLE_VARIABLE] ?? (isBun ? firstOfCommandLine(sys) : process.argv[1]);
  delete process.env[ROLE_VARIABLE];
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
  const programPath = isBun ? '/proc/self/exe' : (process.argv[1] ?? '');
  if (process.argv[2] === 'serve') {
    const { serveForAWhile } = await import('./serve/temporary.ts');
    endProcess(await serveForAWhile({ sys, programPath, expectLongRun }));
    return;
  }
  expectLongRun();
  const args = process.argv.slice(2);
  const verb = name === 'reconcile' ? ['reconcile', ...args] : args;
  if (verb[0] === 'reconcile') {
    const { askResident } = await import('../reconciler/daemon/ask.ts');
    const answered = askResident(sys, verb, process.env);
    if (answered !== undefined) {
      writeAll(sys, 2, answered.stderr);
      writeAll(sys, 1, answered.stdout);
      endProcess(answered.exitCode);
      return;
    }
  }
  const { runCli } = await import('../reconciler/cli/main.ts');
  const serve: ServeCalls = async (runDirectory, ears) =>
    (await import('./serve/beside.ts')).serveBeside({ sys, programPath }, runDirectory, ears);
  process.exitCode = await runCli(sys, name, args, {
    loadCniAnswer,
    serve,
    pluginPage,
    stay: () => expectToStay(sys),
  });
}

async function loadCniAnswer(): Promise<CniAnswer> {
  return (await import('./cni-answer.ts')).cniAnswer;
}

async function pluginPage(): Promise<Page> {
  return (await import('./manual.ts')).pluginPage();
}

async function runPlugin(sys: Sys, name: string): Promise<number> {
  const role: Role = name === 'azure-vnet-ipam' ? 'azure-vnet-ipam' : 'azure-vnet';
  const { answerCall } = await import('./main.ts');
  const argv = process.argv.slice(2);
  const answer = await answerCall(sys, { role, argv, env: process.env, readStdin: () => readStdin(sys) });
  writeAll(sys, 2, answer.stderr);
  writeAll(sys, 1, answer.stdout);
  return answer.exitCode;
}

await run();
