/**
 * `npm run bench`: vnet compared with the reference plugins, and nftables with ebtables, on this machine.
 * Everything happens in private namespaces and a temporary folder, and is gone with them. `-- --help` lists
 * the options.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeFabric } from '../test/lab/fabric.ts';
import { execNow, renderOutcome } from '../test/support/exec.ts';
import { endWithParent, findSandbox, reenter } from '../test/support/sandbox.ts';
import { ensureTools } from '../test/support/tools.ts';
import { measureAttachments } from './attach-work.ts';
import { startBusyLoops } from './busy.ts';
import { installPeers } from './contestants.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { type Options, parseOptions, type Workload } from './options.ts';
import { compilePrograms, installTools } from './programs.ts';
import { measureModes } from './modes-work.ts';
import { measurePolicyCalls } from './policy-attach.ts';
import { measureCompile } from './policy-compile.ts';
import { measureJudged } from './policy-packets.ts';
import { measureReconcile } from './reconcile-work.ts';
import {
  renderJson,
  renderPlots,
  renderResults,
  replaceGenerated,
  replaceModeFigures,
  type Results,
} from './results.ts';
import { makeRecorder } from './series.ts';
import { measureSplit } from './split-work.ts';
import { measureStorms } from './storm-work.ts';
import { measureTraffic } from './traffic-work.ts';
import { measureWatch } from './watch-work.ts';

const FOLDER = 'VNET_BENCH_FOLDER';
const project = join(import.meta.dirname, '..');

/** Progress goes to stderr, results to stdout. */
const say = (line: string): void => console.error(line);

/** Prepares everything and measures inside a sandbox; resolves to the exit code. */
async function runOutside({ bin }: Options): Promise<number> {
  const missing = ensureTools(say);
  if (missing !== undefined) return refuse(missing);
  const tools = installTools(say);
  if (tools.length > 0) return refuse(`the benchmark needs ${tools.join(', ')}; install it first`);
  installPeers(say);
  if (bin === undefined) {
    say('building the executables');
    const built = execNow(['npm', 'run', '--silent', 'build'], { cwd: project, timeoutMs: 300_000 });
    if (built.code !== 0) return refuse(`the executables could not be built: ${renderOutcome(built)}`);
  }
  const sandbox = findSandbox();
  if (sandbox.kind === 'none') return refuse(`there is nothing to measure on: ${sandbox.reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'vnet-bench-'));
  try {
    // Otherwise Node.js prints a warning in every process if the file is missing; and plugins must not
    // inherit the variable.
    return await reenter(sandbox.argv, { [FOLDER]: folder, NODE_EXTRA_CA_CERTS: '' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuse(why: string): number {
  say(why);
  return 1;
}

/** Resolves to all requested results. */
async function measure(options: Options, folder: string): Promise<Results> {
  const programs = compilePrograms(folder);
  const bench = {
    fabric: makeFabric('fabric'),
    folder,
    bin: resolve(options.bin ?? join(project, 'dist/bin')),
    timerProgram: programs.timer,
    packetsProgram: programs.packets,
    say,
  };
  const recorder = makeRecorder();
  const facts = describeMachine(folder, bench.bin);
  const loads = [describeLoad()];
  const asked = (...names: readonly Workload[]): boolean =>
    names.some((name) => options.workloads.includes(name));
  const attached = asked('start', 'attach', 'burst', 'gone')
    ? await measureAttachments(bench, options, recorder)
    : undefined;
  const stormed = asked('storm') ? await measureStorms(bench, options, recorder) : {};
  if (asked('reconcile')) await measureReconcile(bench, options, recorder);
  const watched = asked('watch') ? await measureWatch(bench, options, recorder) : {};
  loads.push(describeLoad());
  if (asked('packets', 'throughput')) await measureTraffic(bench, options, recorder);
  if (asked('modes')) await measureModes(bench, options, recorder);
  if (asked('policy')) {
    measureCompile(options.runs, recorder);
    await measureJudged(bench, options, recorder);
  }
  const policed = asked('policy') ? await measurePolicyCalls(bench, options, recorder) : {};
  const splits = asked('split') ? await measureSplit(bench, options) : undefined;
  loads.push(describeLoad());
  return {
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
      ' ',
    ),
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    facts: {
      ...facts,
      ...(attached === undefined
        ? {}
        : { 'resident process': `${attached.residentMb.toFixed(0)} MiB after all these calls` }),
      ...stormed,
      ...watched,
      ...policed,
      ...(options.busyLoops === 0 ? {} : { 'busy loops beside it': String(options.busyLoops) }),
      load: `${loads.join(', ')} (before, between, after; the benchmark itself is in the later ones)`,
    },
    series: recorder.series(),
    splits,
  };
}

/** Measures and prints the results; resolves to the exit code. */
async function runInside(options: Options, folder: string): Promise<number> {
  endWithParent(() => process.exit(130));
  startBusyLoops(options.busyLoops);
  try {
    const results = await measure(options, folder);
    console.log(options.format === 'json' ? renderJson(results) : renderResults(results));
    if (options.isWriting) write(results, options);
    return 0;
  } catch (error) {
    return refuse(`the benchmark stopped: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function write(results: Results, { workloads }: Options): void {
  const page = join(import.meta.dirname, 'RESULTS.md');
  const modes = join(project, 'docs/modes.md');
  for (const file of [page, modes]) {
    writeFileSync(file, replaceModeFigures(readFileSync(file, 'utf8'), results));
    say(`wrote the figures of modes in ${file}`);
  }
  // Its tables are aligned, as in all documents.
  const formatted = execNow(['npx', 'biome', 'format', '--write', modes], { cwd: project });
  if (formatted.code !== 0) say(renderOutcome(formatted));
  if (workloads.length === 1) return;
  writeFileSync(page, replaceGenerated(readFileSync(page, 'utf8'), results));
  const plots = renderPlots(results);
  for (const [name, svg] of plots) writeFileSync(join(import.meta.dirname, name), svg);
  say(`wrote ${page} and ${[...plots.keys()].join(', ')}`);
}

const options = parseOptions(process.argv.slice(2));
const folder = process.env[FOLDER];
if ('usage' in options) {
  say(options.usage);
  process.exit(options.isError ? 64 : 0);
}
process.exit(folder === undefined ? await runOutside(options) : await runInside(options, folder));
