/**
 * The test that covers each source file: one that imports it directly or through a support file; for all
 * others, a line here names it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSources, type Source, sourceOf } from './support/sources.ts';

const top = join(import.meta.dirname, '..');

/** Executables are started, not imported; these support files know their paths. */
const EXECUTABLES = ['test/plugin/live-node.ts', 'test/cli/simulated-node.ts'];

/** The sources of the executables. */
const ENTRIES = ['plugin/entry.ts', 'plugin/simulated.ts'];

/** Tested by behaviour, more than two imports away. The longest matching path prefix counts. */
const BY_BEHAVIOUR: Readonly<Record<string, string>> = {
  'plugin/': 'test/plugin/executable.test.ts',
  'plugin/serve/': 'test/plugin/serve/temporary.test.ts',
  'plugin/verbs/': 'test/plugin/dispatch.test.ts',
  'reconciler/': 'test/cli/verbs/window.test.ts',
  'reconciler/app/': 'test/node/watch-process.test.ts',
  'reconciler/cluster/': 'test/cluster/api/reflector.test.ts',
  'reconciler/cluster/controller/': 'test/cluster/controller/controller.test.ts',
  'reconciler/daemon/': 'test/node/watch-process.test.ts',
  'reconciler/document/merge/': 'test/document/store/faults.test.ts',
  'reconciler/document/store/': 'test/document/store/faults.test.ts',
  'reconciler/kernel/apply/': 'test/kernel/contract/real.test.ts',
  'plugin/simulated.ts': 'test/cli/exit-codes.test.ts',
  'reconciler/kernel/veth-peers.ts': 'test/kernel/veth-peers.test.ts',
  'reconciler/kernel/kinds/': 'test/kernel/contract/real.test.ts',
  'reconciler/kernel/link-index.ts': 'test/node/import.test.ts',
  'reconciler/kernel/observe/': 'test/kernel/contract/real.test.ts',
  'reconciler/kernel/simulated/': 'test/kernel/contract/simulated.test.ts',
  'reconciler/loop/round/verify.ts': 'test/loop/change/apply.test.ts',
  'reconciler/loop/takeover/capture.ts': 'test/plugin/attach.test.ts',
  'reconciler/loop/watch/': 'test/loop/watch/watch.test.ts',
  'reconciler/model/policy/': 'test/node/policy/enforce.test.ts',
  'reconciler/model/policy/compiler/': 'test/model/policy/compile.test.ts',
  'reconciler/model/ports/listen.ts': 'test/plugin/serve.test.ts',
  'reconciler/os/': 'test/kernel/bun.test.ts',
  'reconciler/os/umask.ts': 'test/daemon/metrics/offer.test.ts',
};

type Files = ReadonlyMap<string, Source>;

/** The project files that the file imports; for runtime-specific imports, both variants. */
function importsOf(files: Files, path: string): readonly string[] {
  const targets = (files.get(path)?.imports ?? []).map(({ target }) => target);
  const twins = targets.map((target) => target.replace('koffi.ts', 'bun.ts').replace('-node.ts', '-bun.ts'));
  return [...new Set([...targets, ...twins])].filter((target) => files.has(target));
}

/** All files that the test reaches over any number of imports. */
function reachOf(files: Files, test: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const target of importsOf(files, path)) visit(target);
    if (EXECUTABLES.includes(path)) for (const entry of ENTRIES) visit(entry);
    for (const [named] of (files.get(path)?.text ?? '').matchAll(/test\/[\w/-]+\.test\.ts/g)) {
      if (path.startsWith('test/') && path !== OWN) visit(named);
    }
  };
  visit(test);
  return reached;
}

const OWN = 'test/coverage-map.test.ts';

/** Source files that are imported neither by a test nor by a test's direct import, and have no line here. */
function uncovered(files: Files, table: Readonly<Record<string, string>>): readonly string[] {
  const tests = [...files.keys()].filter((path) => path.endsWith('.test.ts') && path !== OWN);
  const near = new Set(
    tests.flatMap((test) => importsOf(files, test).flatMap((path) => [path, ...importsOf(files, path)])),
  );
  const reach = new Map(Object.values(table).map((test) => [test, reachOf(files, test)]));
  return [...files.keys()].filter((path) => {
    if (!/^(reconciler|plugin)\/.*(?<!\.d)\.ts$/.test(path) || near.has(path)) return false;
    const [line] = Object.keys(table)
      .filter((beginning) => path.startsWith(beginning))
      .toSorted((left, right) => right.length - left.length);
    return reach.get(table[line ?? ''] ?? '')?.has(path) !== true;
  });
}

describe('the map of tests', () => {
  const sources = readSources(['reconciler', 'plugin', 'schemas', 'scripts', 'test']);
  const files: Files = new Map(sources.map((source) => [source.path, source]));

  it('accounts for every source file, and the test that it names leads there', () => {
    expect(uncovered(files, BY_BEHAVIOUR)).toEqual([]);
    const missing = Object.values(BY_BEHAVIOUR).filter((test) => !existsSync(join(top, test)));
    expect(missing).toEqual([]);
  });

  it('finds a file that no test leads to, and a line that names a test that does not', () => {
    const planted = new Map([
      ...files,
      ['plugin/x.ts', sourceOf('plugin/x.ts', 'export const x = 1;')] as const,
    ]);
    expect(uncovered(planted, BY_BEHAVIOUR)).toEqual(['plugin/x.ts']);
    expect(uncovered(planted, { ...BY_BEHAVIOUR, 'plugin/x.ts': 'test/plan/golden.test.ts' })).toEqual([
      'plugin/x.ts',
    ]);
  });
});
