/** A copy of the project with added files, and the tools' reports on it, for tests of extensions. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execNow, renderOutcome } from './exec.ts';

const top = join(import.meta.dirname, '../..');
const bin = join(top, 'node_modules/.bin');

/** The copied folders: all that type checker, generator and contract suites read. */
const COPIED = ['reconciler', 'plugin', 'schemas', 'test', 'scripts', 'bench', 'examples', 'deploy'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', '.oxlintrc.json'];

/** Returns the folder of a new copy with the overlay's files; the caller removes it. */
export function copyProject(overlay: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'vnet-copy-'));
  for (const name of COPIED) {
    const filter = (path: string): boolean => !path.startsWith(overlay);
    cpSync(join(top, name), join(copy, name), { recursive: true, filter });
  }
  for (const name of FILES) cpSync(join(top, name), join(copy, name));
  symlinkSync(join(top, 'node_modules'), join(copy, 'node_modules'));
  cpSync(overlay, copy, { recursive: true });
  return copy;
}

/** Replaces texts in a file of the copy; returns the number of new or changed lines. */
export function editFile(path: string, ...edits: readonly (readonly [RegExp, string])[]): number {
  const before = readFileSync(path, 'utf8');
  const after = edits.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), before);
  writeFileSync(path, after);
  const known = before.split('\n');
  return after.split('\n').filter((line) => !known.includes(line)).length;
}

/** Returns the paths of all files in the folder, sorted. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** Returns the type checker's errors in the copy. */
export function typeErrorsOf(copy: string): readonly string[] {
  return complaintsOf(copy, [join(bin, 'tsc'), '--noEmit']);
}

/** Returns the linter's errors about incomplete switches in the copy. */
export function switchGapsOf(copy: string): readonly string[] {
  const rule = 'typescript/switch-exhaustiveness-check';
  const options = ['--type-aware', '-A', 'all', '-D', rule, '--format', 'unix'];
  return complaintsOf(copy, [join(bin, 'oxlint'), ...options, 'reconciler', 'plugin']);
}

function complaintsOf(copy: string, argv: readonly string[]): readonly string[] {
  const outcome = execNow(argv, { cwd: copy });
  const lines = outcome.stdout
    .split('\n')
    .filter((line) => /^(reconciler|plugin|schemas|test|scripts|bench)\//.test(line));
  return outcome.code === 0 || lines.length > 0 ? lines : [renderOutcome(outcome)];
}

/** Returns the numbers of passed and failed tests of the copy; on failure, the output. */
export function runTestsOf(
  copy: string,
  ...args: readonly string[]
): readonly [passed: number, trouble: string] {
  const argv = [join(bin, 'vitest'), 'run', '--reporter=json', ...args];
  const outcome = execNow(argv, { cwd: copy });
  if (outcome.code !== 0) return [0, renderOutcome(outcome)];
  const { numPassedTests } = JSON.parse(outcome.stdout) as { numPassedTests: number };
  return [numPassedTests, ''];
}
