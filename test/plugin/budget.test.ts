import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundleCalls } from '../../scripts/bundle-calls.ts';

const top = join(import.meta.dirname, '../..');

/**
 * Limit of the two files that a CNI call loads, in bytes of minified code: every ADD pays for all of them. The folder of the
 * project, which each of some thirty dynamic imports names, does not count.
 */
const BUDGET_BYTES = 201_700;

/** Code for rare calls only. */
const RARE = [
  'reconciler/document/yaml/slow.ts',
  'reconciler/document/yaml/parse.ts',
  'reconciler/document/check/validate.ts',
  'reconciler/model/addresses/range.ts',
  'reconciler/model/modes/bridge/bridge.ts',
  'reconciler/loop/takeover/takeover.ts',
  'reconciler/kernel/apply/nft-command.ts',
  'reconciler/os/sys/koffi.ts',
  'reconciler/kernel/simulated/simulated.ts',
  'reconciler/fabric/host-endpoint.ts',
  'reconciler/cli/main.ts',
  'plugin/programs.ts',
  'plugin/protocol/parse-result.ts',
  'plugin/verbs/attach-delegated.ts',
  'plugin/verbs/delegate.ts',
  'reconciler/cluster/api/https.ts',
  'reconciler/cluster/agent/agent.ts',
  'schemas/generated/vnet-validator.js',
];

type Start = {
  readonly bytes: number;
  readonly modules: ReadonlySet<string>;
  readonly builtins: readonly string[];
};

/** The code loaded at the start, as in the executable. */
async function startOf(calls: string): Promise<Start> {
  const { outputs } = await bundleCalls({ entry: join(top, 'plugin/entry.ts'), calls });
  const parts = Object.values(outputs);
  const imports = parts.flatMap((part) => part.imports).filter(({ kind }) => kind !== 'dynamic-import');
  const lazy = parts.flatMap((part) => part.imports).filter(({ path }) => path.startsWith(top));
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) - lazy.length * top.length,
    modules: new Set(parts.flatMap(({ inputs }) => Object.keys(inputs))),
    builtins: [...new Set(imports.map(({ path }) => path))],
  };
}

/** All code that the executable can load. */
async function modulesOf(contents: string): Promise<ReadonlySet<string>> {
  const { metafile }: { metafile: Metafile } = await build({
    stdin: { contents, resolveDir: join(top, 'plugin'), loader: 'ts' },
    absWorkingDir: top,
    outdir: 'never-written',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['bun'],
    external: ['bun', 'bun:ffi', 'bun:jsc', 'koffi'],
  });
  return new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)));
}

function packagesIn({ modules }: Start): readonly string[] {
  return [...modules].filter((path) => path.includes('node_modules'));
}

const CALLS = join(top, 'plugin/main.ts');

const HEAVY = `
  export * from ${JSON.stringify(CALLS)};
  import * as slow from ${JSON.stringify(join(top, 'reconciler/document/yaml/slow.ts'))};
  import { readFileSync } from 'node:fs';
  console.log(slow, readFileSync);
`;

describe('the start of a CNI call', () => {
  it('loads no package, no module of the platform, and nothing that is for rare calls', async () => {
    const start = await startOf(CALLS);
    expect(packagesIn(start)).toEqual([]);
    expect(start.builtins.toSorted()).toEqual(['bun', 'bun:ffi']);
    expect(RARE.filter((path) => start.modules.has(path))).toEqual([]);
    expect(start.modules.size).toBeGreaterThan(50);
  });

  it('stays within its budget', async () => {
    const start = await startOf(CALLS);
    expect(start.bytes).toBeGreaterThan(BUDGET_BYTES / 2);
    expect(start.bytes).toBeLessThan(BUDGET_BYTES);
  });

  it('would be found out to load too much', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vnet-budget-'));
    writeFileSync(join(folder, 'heavy.ts'), HEAVY);
    const start = await startOf(join(folder, 'heavy.ts'));
    rmSync(folder, { recursive: true });
    expect(packagesIn(start).some((path) => path.includes('/yaml/'))).toBe(true);
    expect(start.builtins).toContain('node:fs');
    expect(RARE.filter((path) => start.modules.has(path))).toContain('reconciler/document/yaml/slow.ts');
    expect(start.bytes).toBeGreaterThan(BUDGET_BYTES);
  });

  it('has the rare parts in the bundle all the same', async () => {
    const all = await modulesOf("import './entry.ts'; import './simulated.ts';");
    expect(RARE.filter((path) => !all.has(path))).toEqual(['reconciler/os/sys/koffi.ts']);
  });
});
