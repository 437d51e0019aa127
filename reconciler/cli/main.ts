/**
 * The command line: parses, puts the world together, runs one verb, and says how it ended. A verb that needs more than a
 * round does (YAML, tables, child processes) is loaded when it is asked for: reconcile runs by a timer.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Problem } from '../document/store/store.ts';
import { withParts } from '../model/part.ts';
import { Bug, failure, ok, type Result } from '../model/result.ts';
import type { ResidentSys } from '../model/ports/sys.ts';
import type { MoveChoice } from './verbs/move/commands-move.ts';
import { parseArguments, type Request } from './commands.ts';
import type { ApplyChoice } from './verbs/change/commands-apply.ts';
import type { HelpChoice } from './verbs/help/commands-help.ts';
import type { HistoryChoice } from './verbs/history/commands-history.ts';
import type { LoopChoice } from './verbs/loop/commands-watch.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../app/exit-codes.ts';
import type { CniAnswer } from '../cni/answer.ts';
import type { PluginPage } from './verbs/help/helping.ts';
import { type Output, processOutput, renderProblem } from '../app/output.ts';
import { resolvePaths } from '../app/paths.ts';
import { createKeeper } from '../app/keeper.ts';
import { loadFormat } from '../app/print.ts';
import { endOverdue, preview, reconcile } from './verbs/change/reconcile.ts';
import { openRecording } from '../app/record.ts';
import { release } from './verbs/change/release.ts';
import { VERSION } from '../app/version.ts';
import type { WatchTools } from './verbs/loop/watching.ts';
import { openWorld } from '../app/world.ts';

/**
 * Runs the command line and returns its exit code. `name` is what the executable was called: `reconcile` is the verb
 * of that name. `tools` are what the plugin, which is above the command line, hands in.
 */
export async function runCli(
  sys: ResidentSys,
  name: string,
  args: readonly string[],
  tools: Tools = {},
): Promise<ExitCode> {
  const output = await processOutput(sys, args, process.env);
  const parsed = parseArguments(name === 'reconcile' ? ['reconcile', ...args] : args, VERSION);
  if (parsed.kind === 'text') {
    (parsed.isError ? output.warn : output.print)(parsed.text);
    return parsed.isError ? EXIT.usage : EXIT.done;
  }
  try {
    await loadFormat('format' in parsed.request && parsed.request.format === 'yaml' ? 'yaml' : 'text');
    const done = await withParts(() => runRequest(sys, parsed.request, output, tools));
    if (done.ok) return done.value;
    const { document } = resolvePaths(parsed.request, process.env);
    output.warn(renderProblem(done.error, existsSync(document) ? readFileSync(document, 'utf8') : undefined));
    return exitCodeOf(done.error);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    output.warn(
      `vnet: ${error instanceof Bug ? 'a bug of vnet' : 'unexpected'}: ${text}\nPlease report this.`,
    );
    return EXIT.error;
  }
}

/** What is not the command line's own. */
type Tools = WatchTools & {
  readonly loadCniAnswer?: () => Promise<CniAnswer>;
  readonly pluginPage?: PluginPage;
};

async function runRequest(
  sys: ResidentSys,
  request: Request,
  output: Output,
  { loadCniAnswer, pluginPage, ...tools }: Tools,
): Promise<Result<ExitCode, Problem>> {
  const paths = resolvePaths(request, process.env);
  if (request.verb === 'validate') return validateFile(request.file ?? paths.document, request, output);
  if (request.verb === 'cni') return (await import('./verbs/cni/cni.ts')).runCni(request, paths, output);
  if (isHelping(request))
    return (await import('./verbs/help/helping.ts')).runHelping(sys, request, paths, { output, pluginPage });
  if (isMoving(request))
    return (await import('./verbs/move/move.ts')).runMoving(request, { sys, paths, output, loadCniAnswer });
  if (isWatching(request))
    return (await import('./verbs/loop/watching.ts')).runWatching(sys, request, { paths, ...tools }, output);
  if (isRemembering(request))
    return (await import('./verbs/history/remembering.ts')).runRemembering(sys, request, paths, output);
  if (isApplying(request))
    return (await import('./verbs/change/applying.ts')).runApplying(sys, request, paths, output);
  if (request.verb === 'release' || (request.verb === 'reconcile' && !request.dryRun)) {
    const world = await openWorld(sys, paths, process.env, { who: `vnet ${request.verb}`, isBrief: false });
    if (!world.ok) return world;
    try {
      if (request.verb === 'release') return release(world.value, request.network, output);
      endOverdue(world.value, createKeeper(sys, paths, 'vnet reconcile', output.warn), output);
      const { gate, record } = openRecording({ sys, paths, store: world.value.store });
      const recorded = { ...world.value, ...(request.override ? {} : { gate }), record };
      return reconcile(recorded, request.limit, request.format, output);
    } finally {
      world.value.kernel.close();
    }
  }
  const { openLookWorld, runLooking } = await import('./verbs/look/looking.ts');
  if (request.verb !== 'reconcile') return runLooking(sys, request, paths, output);
  const world = await openLookWorld(sys, paths, process.env);
  if (!world.ok) return world;
  try {
    const { gate } = openRecording({ sys, paths, store: world.value.store });
    return preview({ ...world.value, ...(request.override ? {} : { gate }) }, request.format, output);
  } finally {
    world.value.close();
  }
}

/** The verbs that help, and what shells ask. */
function isHelping(request: Request): request is Extract<Request, HelpChoice> {
  return ['completion', 'complete', 'man'].includes(request.verb);
}

/** The verbs that show or move the whole of it. */
function isMoving(request: Request): request is Extract<Request, MoveChoice> {
  return ['graph', 'export', 'import'].includes(request.verb);
}

/** The verbs around the resident loop. */
function isWatching(request: Request): request is Extract<Request, LoopChoice> {
  return ['watch', 'pause', 'resume', 'events', 'wait'].includes(request.verb);
}

/** The verbs that look back and change by hand. */
function isRemembering(request: Request): request is Extract<Request, HistoryChoice> {
  return ['history', 'show', 'diff', 'blame', 'rollback', 'edit'].includes(request.verb);
}

/** The verbs that change the document and the kernel together, or show how they would. */
function isApplying(request: Request): request is Extract<Request, ApplyChoice> {
  return ['plan', 'apply', 'confirm', 'revert'].includes(request.verb);
}

async function validateFile(
  file: string,
  request: Extract<Request, { verb: 'validate' }>,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { validate } = await import('./verbs/look/validate.ts');
  try {
    return ok(validate(readFileSync(file, 'utf8'), file, request.format, output));
  } catch (error) {
    if (error instanceof Bug) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      error: failure('not-found', `read ${file}`, message, { hint: 'Name a readable file.' }),
    };
  }
}
