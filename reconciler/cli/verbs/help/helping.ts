/** Runs the verbs that help: completion, man, and complete, which shells ask. */
import type { Problem } from '../../../document/store/store.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { describeProgram } from '../../commands.ts';
import type { HelpChoice } from './commands-help.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Page } from '../../../app/manual-page.ts';
import type { Output } from '../../../app/output.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { VERSION } from '../../../app/version.ts';

/** Where a verb prints, and the page of the plugin, which is above the command line. */
export type Helping = { readonly output: Output; readonly pluginPage: PluginPage | undefined };

/** Resolves to the page of the plugin. */
export type PluginPage = () => Promise<Page>;

/** Runs the verb and resolves to its exit code. None of them reads the kernel. */
export async function runHelping(
  sys: Sys,
  choice: HelpChoice,
  paths: NodePaths,
  { output, pluginPage }: Helping,
): Promise<Result<ExitCode, Problem>> {
  const program = describeProgram(VERSION, () => undefined);
  switch (choice.verb) {
    case 'completion': {
      const { completionScript } = await import('../../completion/script.ts');
      output.print(completionScript(program, choice.shell).trimEnd());
      return ok(EXIT.done);
    }
    case 'complete': {
      const { listValues } = await import('../../completion/values.ts');
      const lines = await listValues(sys, paths, choice.what, choice.prefix);
      if (lines.length > 0) output.print(lines.join('\n'));
      return ok(EXIT.done);
    }
    case 'man': {
      const more = pluginPage === undefined ? [] : [await pluginPage()];
      return (await import('./man.ts')).man(program, more, choice, output);
    }
  }
}
