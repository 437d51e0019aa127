/**
 * The command line: parses, puts the world together, runs one verb, and says how it ended. A verb that needs more than a
 * round does (YAML, tables, child processes) is loaded when it is asked for: reconcile runs by a timer.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Problem } from '../document/store.ts';
import { withParts } from '../model/part.ts';
import { Bug, failure, ok, type Result } from '../model/result.ts';
import type { Sys } from '../model/sys.ts';
import { parseArguments, type Request } from './commands.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { type Output, processOutput, renderProblem } from './output.ts';
import { resolvePaths } from './paths.ts';
import { preview, reconcile } from './reconcile.ts';
import { release } from './release.ts';
import { VERSION } from './version.ts';
import { openPreviewWorld, openWorld } from './world.ts';

/**
 * Runs the command line and returns its exit code. `name` is what the executable was called: `reconcile` is the verb
 * of that name.
 */
export async function runCli(sys: Sys, name: string, args: readonly string[]): Promise<ExitCode> {
  const output = await processOutput(sys);
  const parsed = parseArguments(name === 'reconcile' ? ['reconcile', ...args] : args, VERSION);
  if (parsed.kind === 'text') {
    (parsed.isError ? output.warn : output.print)(parsed.text);
    return parsed.isError ? EXIT.usage : EXIT.done;
  }
  try {
    const done = await withParts(() => runRequest(sys, parsed.request, output));
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

async function runRequest(sys: Sys, request: Request, output: Output): Promise<Result<ExitCode, Problem>> {
  const paths = resolvePaths(request, process.env);
  if (request.verb === 'validate') return validateFile(request.file ?? paths.document, request, output);
  if (request.verb === 'cni') return (await import('./cni.ts')).runCni(request, paths, output);
  if (request.verb === 'release' || (request.verb === 'reconcile' && !request.dryRun)) {
    const world = await openWorld(sys, paths, process.env, { who: `vnet ${request.verb}`, isBrief: false });
    if (!world.ok) return world;
    try {
      return request.verb === 'release'
        ? release(world.value, request.network, output)
        : reconcile(world.value, request.limit, request.format, output);
    } finally {
      world.value.kernel.close();
    }
  }
  const world = await openPreviewWorld(sys, paths, process.env);
  if (!world.ok) return world;
  try {
    return await read(world.value, request, output);
  } finally {
    world.value.close();
  }
}

async function read(
  world: Parameters<typeof preview>[0],
  request: Request,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  switch (request.verb) {
    case 'reconcile':
      return preview(world, request.format, output);
    case 'status':
      return (await import('./status.ts')).status(world, request.format, output);
    case 'get':
      return (await import('./status.ts')).getEndpoints(world, request.format, output);
    case 'validate':
    case 'release':
    case 'cni':
      throw new Bug(`${request.verb} does not only read`);
  }
}

async function validateFile(
  file: string,
  request: Extract<Request, { verb: 'validate' }>,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { validate } = await import('./validate.ts');
  try {
    return ok(validate(readFileSync(file, 'utf8'), file, request.format, output));
  } catch (error) {
    if (error instanceof Bug) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      error: failure('not-found', `read ${file}`, message, { hint: 'name a file that can be read' }),
    };
  }
}
