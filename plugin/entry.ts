/**
 * The one program behind azure-vnet, azure-vnet-ipam, vnet and reconcile, selected by its name. The modules of CNI calls
 * and of the command line are loaded on demand, so that neither pays for the other. The plugins' executable is the shim
 * (plugin/shim), which starts this program as a server if none runs. Only this file and simulated.ts read the environment.
 */
import { createSys, endProcess, expectLongRun, expectToStay } from '#sys';
import type { ServeCalls } from '../reconciler/daemon/watch.ts';
import type { Sys } from '../reconciler/model/ports/sys.ts';
import type { Role } from './host.ts';
import { readStdin, ROLE_VARIABLE, writeText } from './process.ts';
import { isBun, isCommandName, programName } from './program-name.ts';

const environment = process.env;

async function run(): Promise<void> {
  const sys = createSys();
  const name = programName(sys, environment);
  Reflect.deleteProperty(environment, ROLE_VARIABLE);
  if (!isCommandName(name)) {
    endProcess(await runPlugin(sys, name));
    return;
  }
  const programPath = isBun ? '/proc/self/exe' : (process.argv[1] ?? '');
  const tools = { sys, programPath, environment };
  if (process.argv[2] === 'serve') {
    const { serveForAWhile } = await import('./serve/temporary.ts');
    endProcess(await serveForAWhile(tools));
    return;
  }
  const { commandWords } = await import('./command-words.ts');
  const words = commandWords(name, process.argv.slice(2));
  if (words[0] === 'reconcile') {
    const { askResident } = await import('../reconciler/daemon/ask.ts');
    const answered = askResident(sys, words, environment);
    if (answered !== undefined) {
      writeText(sys, 2, answered.stderr);
      writeText(sys, 1, answered.stdout);
      endProcess(answered.exitCode);
      return;
    }
  }
  const isRound = words[0] === 'reconcile' && !words.includes('--watch');
  if (!isRound) expectLongRun();
  const [{ runCli }, { linuxKernels }, { noticeLongWork }, { pluginTools }] = await Promise.all([
    import('../reconciler/cli/main.ts'),
    import('../reconciler/app/kernel/linux.ts'),
    import('../reconciler/app/kernel/long-work.ts'),
    import('./tools.ts'),
  ]);
  const kernels = linuxKernels(environment);
  const serve: ServeCalls = async (runDirectory, hooks) =>
    (await import('./serve/serve-in-watch.ts')).serveBeside(tools, runDirectory, hooks);
  const exitCode = await runCli(sys, words, {
    ...pluginTools,
    environment,
    programPath,
    kernels: isRound ? noticeLongWork(kernels, expectLongRun) : kernels,
    serve,
    stay: (work) => expectToStay(sys, environment, work),
  });
  // All output is written, and the runtime's own exit takes up to a tenth of a round.
  if (isRound) endProcess(exitCode);
  process.exitCode = exitCode;
}

async function runPlugin(sys: Sys, role: Role): Promise<number> {
  const { answerCall } = await import('./main.ts');
  const argv = process.argv.slice(2);
  const answer = await answerCall(sys, { role, argv, env: environment, readStdin: () => readStdin(sys) });
  writeText(sys, 2, answer.stderr);
  writeText(sys, 1, answer.stdout);
  return answer.exitCode;
}

await run();
