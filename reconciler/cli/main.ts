/**
 * The command line: parses, opens the context, runs one verb and reports its outcome. A verb's code is loaded
 * when it runs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { authorIn } from '../app/author.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../app/exit-codes.ts';
import { processOutput, renderProblem } from '../app/output.ts';
import { resolvePaths } from '../app/paths.ts';
import { loadFormat } from '../app/print.ts';
import { VERSION } from '../app/version.ts';
import { Bug } from '../model/result.ts';
import type { ResidentSys } from '../model/ports/sys.ts';
import { describeAllVerbs, parseArguments } from './parse.ts';
import { openVerbContext } from './context.ts';
import type { ProgramTools } from './verb.ts';

/** Runs the command line and returns its exit code. `args` begin with the verb. */
export async function runCli(
  sys: ResidentSys,
  args: readonly string[],
  plugin: ProgramTools,
): Promise<ExitCode> {
  const { environment, kernels } = plugin;
  const output = await processOutput(sys, args, environment);
  if (args[0] === '__complete') {
    const { completeWords } = await import('./completion/complete.ts');
    output.print(await completeWords({ sys, environment }, args.slice(1)));
    return EXIT.done;
  }
  const parsed = await parseArguments(args, VERSION);
  if (parsed.kind === 'text') {
    (parsed.isError ? output.warn : output.print)(parsed.text);
    return parsed.isError ? EXIT.usage : EXIT.done;
  }
  const { verb, asked, paths: chosen } = parsed;
  const paths = resolvePaths(chosen, environment);
  try {
    await loadFormat(isYaml(asked.choice) ? 'yaml' : 'text');
    const context = openVerbContext({
      sys,
      who: `vnet ${verb}`,
      chosen,
      paths,
      environment,
      kernels,
      authorOf: authorIn(sys, environment),
      output,
      plugin,
      answer: async (host) => (await import('./verbs/change/answer.ts')).answerInquiries(host),
      describeAll: () => describeAllVerbs(VERSION),
    });
    const done = await asked.run(context);
    if (done.ok) return done.value === EXIT.done && output.isIncomplete() ? EXIT.error : done.value;
    const source = existsSync(paths.document) ? readFileSync(paths.document, 'utf8') : undefined;
    output.warn(renderProblem(done.error, source));
    return exitCodeOf(done.error);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    output.warn(`vnet: ${error instanceof Bug ? 'bug in vnet' : 'unexpected'}: ${text}\nPlease report this.`);
    return EXIT.error;
  }
}

function isYaml(choice: unknown): boolean {
  return typeof choice === 'object' && choice !== null && 'format' in choice && choice.format === 'yaml';
}
