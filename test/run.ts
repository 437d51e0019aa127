/**
 * The command of `npm test`: installs missing tools if allowed, builds the executables, enters private
 * namespaces if the kernel allows, runs vitest with the given arguments, and ends with `N passed, N failed`.
 * In the long form, it runs the files that have one, and repeats the tests of the executables with bundles
 * for Node.js.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTarball, findBun } from '../scripts/bun-package.ts';
import { ensureBootRoot } from './node/boot/root.ts';
import { ensureOldBuild } from './upgrade/old-build.ts';
import { findEmulator, findLibrary, OTHER } from './support/emulator.ts';
import { exec, execNow, type Outcome, renderOutcome } from './support/exec.ts';
import { isLong } from './support/long.ts';
import { endWithParent, findSandbox, reenter } from './support/sandbox.ts';
import { type Counts, closingLine, countTests, exitCodeOf, type Report } from './support/summary.ts';
import { readSources } from './support/sources.ts';
import { ensureTools, missingPackages } from './support/tools.ts';
import { wantedTools } from './support/wanted.ts';

const INSIDE = 'VNET_TEST_NAMESPACES';
const REASON = 'VNET_TEST_NAMESPACES_REASON';
/** Set by a campaign, whose first chunk has built the executables. */
const BUILT = 'VNET_TEST_BUILT';
/** Packages without which the build has no shim. */
const COMPILER: readonly string[] = ['gcc', 'libc6-dev'];
const root = join(import.meta.dirname, '..');
const asked = process.argv.slice(2);

/** Prepares and runs everything from outside; returns the exit code. */
async function runOutside(): Promise<number> {
  const wanted = wantedTools(isLong);
  // The compiler works while apt-get waits for network and disk, unless that brings the compiler.
  const early = missingPackages(wanted).some((name) => COMPILER.includes(name)) ? undefined : startBuild();
  const missing = ensureTools(console.log, wanted);
  if (missing !== undefined) console.log(missing);
  const built = await (early ?? startBuild());
  if (built !== undefined && built.code !== 0) {
    console.log(renderOutcome(built));
    console.log('the executables could not be built: no test was run');
    return finish({ passed: 0, failed: 1, skipped: 0 }, 1);
  }
  fetchForOther();
  const sandbox = missing === undefined ? findSandbox() : { kind: 'none' as const, reason: missing };
  if (sandbox.kind !== 'none') {
    ensureBootRoot(console.log);
    ensureOldBuild(console.log);
    console.log(`kernel tests run in private namespaces (${sandbox.argv.join(' ')})`);
    return reenter(sandbox.argv, { [INSIDE]: '1' });
  }
  process.env[REASON] = sandbox.reason;
  console.log(`kernel tests are skipped: ${sandbox.reason}`);
  return runVitest({ [INSIDE]: '0' });
}

/** The executables, and those on a simulated kernel; undefined if a campaign has built them. */
async function startBuild(): Promise<Outcome | undefined> {
  if (process.env[BUILT] === '1') return undefined;
  console.log('building the executables');
  const options = { cwd: root, timeoutMs: 300_000 };
  const build = (...args: readonly string[]): Promise<Outcome> =>
    exec(['npm', 'run', '--silent', 'build', '--', ...args], options);
  const [built, simulated] = await Promise.all([build(), build('--simulated')]);
  return built.code === 0 ? simulated : built;
}

/** The namespaces have no network to fetch the parts of the other architecture's executables. */
function fetchForOther(): void {
  if (!isLong || 'missing' in findEmulator(OTHER) || 'missing' in findLibrary(OTHER)) return;
  // Without a network, npm would retry for more than a minute.
  process.env['npm_config_fetch_retries'] ??= '0';
  try {
    if (findBun(OTHER) === undefined) ensureTarball(OTHER);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
  }
}

/** The tests that start the executables: repeated with the bundles for Node.js. */
const EXECUTABLE_TESTS = [
  'test/plugin/executable.test.ts',
  'test/plugin/crash.test.ts',
  'test/plugin/serve.test.ts',
  'test/plugin/serve/temporary.test.ts',
  'test/node/watch-process.test.ts',
];

/** Returns the test files with a long form: they, or a file imported beside them, use longOr. */
function longFiles(): readonly string[] {
  const sources = readSources(['test']);
  const askers = new Set(
    sources
      .filter(({ imports }) => imports.some(({ target }) => target === 'test/support/long.ts'))
      .map(({ path }) => path),
  );
  return sources
    .filter(
      ({ path, imports }) =>
        path.endsWith('.test.ts') && (askers.has(path) || imports.some(({ target }) => askers.has(target))),
    )
    .map(({ path }) => path);
}

/** Runs vitest with our arguments, or everything, and prints the closing line; returns the exit code. */
async function runVitest(env: Readonly<Record<string, string>>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-test-'));
  const isPrivate = env[INSIDE] === '1';
  if (isPrivate) endWithOuter();
  try {
    const first = await runOnce(folder, asked.length === 0 && isLong ? longFiles() : asked, env);
    const isAll = asked.length === 0 && first.counts !== undefined;
    if (!isLong || !isAll || !isPrivate) return conclude([first]);
    return conclude([first, await runOnNode(folder, env)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnNode(folder: string, env: Readonly<Record<string, string>>): Promise<Run> {
  console.log('the executables again, as bundles for Node.js');
  const argv = [process.execPath, '--import', 'tsx', join(root, 'scripts/build.ts')];
  const built = execNow([...argv, '--runtime', 'node', '--out', folder], { cwd: root, timeoutMs: 300_000 });
  if (built.code !== 0) {
    console.log(renderOutcome(built));
    return { counts: undefined, code: 1 };
  }
  return runOnce(folder, EXECUTABLE_TESTS, {
    ...env,
    VNET_BIN: join(folder, 'bin'),
    VNET_TEST_LONG: undefined,
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** One run of vitest. Shape: `counts` is undefined if it ended before running a test. */
type Run = { readonly counts: Counts | undefined; readonly code: number };

async function runOnce(folder: string, files: readonly string[], env: Environment): Promise<Run> {
  const file = join(folder, 'report.json');
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const code = await spawnVitest([vitest, 'run', ...reporters, ...files], env);
  const report = readReport(file);
  if (report === undefined) console.log('vitest wrote no report: it ended before it ran a test');
  return { counts: report === undefined ? undefined : countTests(report), code };
}

function conclude(runs: readonly Run[]): number {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { counts = { passed: 0, failed: 1, skipped: 0 } } of runs) {
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
  }
  return finish(sum, runs.find(({ code }) => code !== 0)?.code ?? 0);
}

/** The current child; ended when the outer process ends for any reason. */
let running: ChildProcess | undefined;

function endWithOuter(): void {
  endWithParent(() => {
    running?.kill('SIGTERM');
    setTimeout(() => process.exit(130), 2_000).unref();
  });
}

function spawnVitest(args: readonly string[], env: Environment): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    // Otherwise Node.js prints a warning in each of hundreds of processes if the file does not exist.
    env: { ...process.env, ...env, NODE_EXTRA_CA_CERTS: undefined },
  });
  running = child;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 130));
  });
}

function readReport(file: string): Report | undefined {
  try {
    const report: Report = JSON.parse(readFileSync(file, 'utf8'));
    return report;
  } catch {
    return undefined;
  }
}

function finish(counts: Counts, vitestCode: number): number {
  const code = exitCodeOf(counts, vitestCode);
  if (process.env[INSIDE] !== '1' && counts.skipped > 0)
    console.log(`skipped tests need private namespaces: ${process.env[REASON] ?? 'see above'}`);
  if (counts.failed === 0 && counts.passed === 0) console.log('no test was run: that is a failure');
  console.log(`\n${closingLine(counts)}`);
  return code;
}

const isInside = process.env[INSIDE] === '1';
process.exitCode = isInside ? await runVitest({ [INSIDE]: '1' }) : await runOutside();
