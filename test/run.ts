/**
 * What `npm test` runs: checks the system's tools, builds the executables, enters private namespaces where the kernel
 * allows, runs vitest with the arguments given, and closes with `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execNow, renderOutcome } from './support/exec.ts';
import { endWithParent, findSandbox, reenter } from './support/sandbox.ts';
import { type Counts, closingLine, countTests, exitCodeOf, type Report } from './support/summary.ts';
import { ensureTools } from './support/tools.ts';

const INSIDE = 'VNET_TEST_NAMESPACES';
const REASON = 'VNET_TEST_NAMESPACES_REASON';
const root = join(import.meta.dirname, '..');

/** Prepares and runs everything from outside; returns the exit code. */
async function runOutside(): Promise<number> {
  const missing = ensureTools(console.log);
  if (missing !== undefined) console.log(missing);
  console.log('building the executables');
  const built = execNow(['npm', 'run', '--silent', 'build'], { cwd: root, timeoutMs: 300_000 });
  if (built.code !== 0) {
    console.log(renderOutcome(built));
    console.log('the executables could not be built: no test was run');
    return finish({ passed: 0, failed: 1, skipped: 0 }, 1);
  }
  const sandbox = missing === undefined ? findSandbox() : { kind: 'none' as const, reason: missing };
  if (sandbox.kind !== 'none') {
    console.log(`kernel tests run in private namespaces (${sandbox.argv.join(' ')})`);
    return reenter(sandbox.argv, { [INSIDE]: '1' });
  }
  process.env[REASON] = sandbox.reason;
  console.log(`kernel tests are skipped: ${sandbox.reason}`);
  return runVitest({ [INSIDE]: '0' });
}

/** Runs vitest with our arguments and prints the closing line; returns the exit code. */
async function runVitest(env: Readonly<Record<string, string>>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const code = await spawnVitest([vitest, 'run', ...reporters, ...process.argv.slice(2)], env);
    const report = readReport(file);
    if (report === undefined) {
      console.log('vitest wrote no report: it ended before it ran a test');
      return finish({ passed: 0, failed: 1, skipped: 0 }, 1);
    }
    return finish(countTests(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawnVitest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    // It makes Node print a warning in each of hundreds of processes where the file does not exist.
    env: { ...process.env, ...env, NODE_EXTRA_CA_CERTS: undefined },
  });
  if (process.env[INSIDE] === '1')
    endWithParent(() => {
      child.kill('SIGTERM');
      setTimeout(() => process.exit(130), 2_000).unref();
    });
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
