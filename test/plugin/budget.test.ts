import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';

const top = join(import.meta.dirname, '../..');

/** Limit of the code that a CNI call may load, in bytes of minified code: every ADD pays for all of them. */
const BUDGET_BYTES = 218_000;

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

/** The executable's bundle, by a bundler that reports the contents of each part. */
async function bundle(contents: string): Promise<Metafile> {
  const { metafile } = await build({
    stdin: { contents, resolveDir: join(top, 'plugin'), loader: 'ts' },
    absWorkingDir: top,
    outdir: 'never-written',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    conditions: ['bun'],
    external: ['bun', 'bun:ffi', 'koffi'],
  });
  return metafile;
}

type Start = {
  readonly bytes: number;
  readonly modules: ReadonlySet<string>;
  readonly builtins: readonly string[];
};

/** The code loaded at the start: the entry and its static imports. */
function startOf({ outputs }: Metafile): Start {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === '<stdin>') ?? '';
  const loaded = new Set([entry]);
  const builtins = new Set<string>();
  for (const path of loaded) {
    for (const { path: target, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external === true) builtins.add(target);
      else loaded.add(target);
    }
  }
  const parts = [...loaded].flatMap((path) => outputs[path] ?? []);
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    modules: new Set(parts.flatMap(({ inputs }) => Object.keys(inputs))),
    builtins: [...builtins],
  };
}

function packagesIn({ modules }: Start): readonly string[] {
  return [...modules].filter((path) => path.includes('node_modules'));
}

const CALL = `
  import './entry.ts';
  import './main.ts';
`;

const HEAVY = `${CALL}
  import '../reconciler/document/yaml/slow.ts';
  import { readFileSync } from 'node:fs';
  console.log(readFileSync);
`;

describe('the start of a CNI call', () => {
  it('loads no package, no module of the platform, and nothing that is for rare calls', async () => {
    const start = startOf(await bundle(CALL));
    expect(packagesIn(start)).toEqual([]);
    expect(start.builtins.toSorted()).toEqual(['bun', 'bun:ffi']);
    expect(RARE.filter((path) => start.modules.has(path))).toEqual([]);
    expect(start.modules.size).toBeGreaterThan(50);
  });

  it('stays within its budget', async () => {
    const start = startOf(await bundle(CALL));
    expect(start.bytes).toBeGreaterThan(BUDGET_BYTES / 2);
    expect(start.bytes).toBeLessThan(BUDGET_BYTES);
  });

  it('would be found out to load too much', async () => {
    const start = startOf(await bundle(HEAVY));
    expect(packagesIn(start).some((path) => path.includes('/yaml/'))).toBe(true);
    expect(start.builtins).toContain('node:fs');
    expect(RARE.filter((path) => start.modules.has(path))).toContain('reconciler/document/yaml/slow.ts');
    expect(start.bytes).toBeGreaterThan(BUDGET_BYTES);
  });

  it('has the rare parts in the bundle all the same', async () => {
    const { outputs } = await bundle("import './entry.ts'; import './simulated.ts';");
    const all = new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
    expect(RARE.filter((path) => !all.has(path))).toEqual(['reconciler/os/sys/koffi.ts']);
  });
});
