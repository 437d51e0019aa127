import { describe, expect, it } from 'vitest';
import { readSources, type Source, sourceOf } from '../support/sources.ts';

const sources = readSources(['reconciler', 'plugin', 'schemas']);

/** All files that the start reaches, over imports of any kind but those of types, later ones included. */
function reached(files: readonly Source[], starts: readonly string[]): ReadonlySet<string> {
  const byPath = new Map(files.map((source) => [source.path, source]));
  const seen = new Set(starts);
  for (const path of seen) {
    for (const { target, isTypeOnly } of byPath.get(path)?.imports ?? [])
      if (!isTypeOnly && byPath.has(target)) seen.add(target);
  }
  return seen;
}

const ofCluster = (paths: ReadonlySet<string>): readonly string[] =>
  [...paths].filter(
    (path) => path.startsWith('reconciler/cluster/') || path.startsWith('reconciler/cli/verbs/cluster/'),
  );

/** The code that a CNI call and the resident process run, wherever they load it. */
const STARTS = [
  'plugin/main.ts',
  'plugin/serve/server.ts',
  'reconciler/daemon/watch.ts',
  'reconciler/cli/verbs/loop/run-watch.ts',
];

describe('the client of the API server', () => {
  it('is loaded neither by a CNI call nor by vnet watch, not even later', () => {
    const paths = reached(sources, STARTS);
    expect(paths.size).toBeGreaterThan(150);
    expect(ofCluster(paths)).toEqual([]);
  });

  it('would be found there', () => {
    const planted = sourceOf(
      'reconciler/daemon/watch.ts',
      "const a = await import('../cluster/agent/agent.ts');",
    );
    const files = [...sources.filter(({ path }) => path !== planted.path), planted];
    expect(ofCluster(reached(files, STARTS)).length).toBeGreaterThan(5);
  });
});
