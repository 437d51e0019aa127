/**
 * Which test files may share a process: those that change neither the process (namespace, folder, environment,
 * signals, clock) nor the modules that other files import. Each of the others has a process of its own.
 * A process of its own costs half a second of processor time, most of it imports.
 */
import { readSources, type Source } from './sources.ts';

/** Changes of the process, and of modules that other files import. */
const OWN_TEXT =
  /\bvi\.(mock|stub|spyOn|useFake)|process\.(chdir|umask|on)\(|process\.env\[[^\]]*\] *(\?\?)?=[^=]|delete process\.env|\.setns\(|globalThis|node:worker_threads/;

/** Looks at what this process has loaded. */
const OWN_FILE = 'test/plugin/lazy-library.test.ts';

/** Changes the process alike in every file. */
const ALIKE = 'test/support/tools.ts';

/** Returns the test files that may share a process, by path from the top. */
export function sharingFiles(sources: readonly Source[] = readSources(['test'])): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return [...byPath.keys()].filter(
    (path) => path.endsWith('.test.ts') && ![...reachedFrom(path, byPath)].some(needsOwnProcess),
  );
}

function needsOwnProcess({ path, text }: Source): boolean {
  return path === OWN_FILE || (path !== ALIKE && OWN_TEXT.test(text));
}

function reachedFrom(
  path: string,
  byPath: ReadonlyMap<string, Source>,
  reached = new Set<Source>(),
): ReadonlySet<Source> {
  const source = byPath.get(path);
  if (source === undefined || reached.has(source)) return reached;
  reached.add(source);
  for (const { target, isTypeOnly } of source.imports) if (!isTypeOnly) reachedFrom(target, byPath, reached);
  return reached;
}
