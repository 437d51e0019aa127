/**
 * The same program on a simulated kernel (`npm run build -- --simulated`): all four names, and no server. The node is the folder of
 * `--root` or VNET_ROOT; its kernel is the file `kernel.json` there.
 */
import { createSys, endProcess, expectLongRun } from '#sys';
import { SIMULATED_KERNELS } from '../reconciler/app/kernel/simulated.ts';
import { readStdin, ROLE_VARIABLE, writeText } from './process.ts';
import { commandWords } from './command-words.ts';
import { isBun, isCommandName, programName } from './program-name.ts';
import { pluginTools } from './tools.ts';

const environment = process.env;
const sys = createSys();
const role = programName(sys, environment);
const argv = process.argv.slice(2);
Reflect.deleteProperty(environment, ROLE_VARIABLE);
if (isCommandName(role)) {
  expectLongRun();
  const { runCli } = await import('../reconciler/cli/main.ts');
  process.exitCode = await runCli(sys, commandWords(role, argv), {
    ...pluginTools,
    environment,
    programPath: isBun ? '/proc/self/exe' : (process.argv[1] ?? ''),
    kernels: SIMULATED_KERNELS,
  });
} else {
  const { answerCall } = await import('./main.ts');
  const call = { role, argv, env: environment, readStdin: () => readStdin(sys) };
  const answer = await answerCall(sys, call, { openKernel: SIMULATED_KERNELS.open });
  writeText(sys, 2, answer.stderr);
  writeText(sys, 1, answer.stdout);
  endProcess(answer.exitCode);
}
