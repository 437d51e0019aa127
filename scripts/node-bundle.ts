/** Bundles vnet for machines with Node.js and without Bun. */
import fs from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * The inputs of a bundle. Shape: `root` is the checkout, `entry` the program's first module, `launcher` its name; `koffi` is
 * copied beside the bundle, for this processor, or left to npm.
 */
export type Source = {
  readonly root: string;
  readonly entry: string;
  readonly launcher: string;
  readonly koffi?: 'beside' | 'by npm';
};

/**
 * Ensures bundles that need only Node.js in the folder: launchers in bin, code in lib. `import()` works
 * whether Node.js loads the launcher as CommonJS or as a module.
 */
export async function bundleForNode(
  { root, entry, launcher: name, koffi = 'beside' }: Source,
  staging: string,
): Promise<void> {
  const lib = join(staging, 'lib');
  await build({
    entryPoints: { vnet: entry },
    outdir: lib,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['bun:ffi', ...(koffi === 'by npm' ? ['koffi'] : [])],
    plugins: koffi === 'beside' ? [koffiBesideBundle] : [],
    // CommonJS packages in the bundle call require for Node's own modules.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  if (koffi === 'beside') fs.copyFileSync(findKoffi(root), join(lib, 'koffi.node'));
  const launcher = join(staging, 'bin', name);
  fs.mkdirSync(join(staging, 'bin'), { recursive: true });
  fs.writeFileSync(launcher, "#!/usr/bin/env node\nimport('../lib/vnet.mjs');\n", { mode: 0o755 });
}

/** koffi searches its library in node_modules; the bundle has it as a file beside it. */
const koffiBesideBundle: Plugin = {
  name: 'koffi-beside-bundle',
  setup(bundle) {
    bundle.onResolve({ filter: /^koffi$/ }, () => ({ path: 'koffi', namespace: 'beside' }));
    bundle.onLoad({ filter: /.*/, namespace: 'beside' }, () => ({
      contents: "export default require('./koffi.node');",
      loader: 'js',
    }));
    bundle.onResolve({ filter: /koffi\.node$/, namespace: 'beside' }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

function findKoffi(root: string): string {
  const header: unknown = JSON.parse(JSON.stringify(process.report.getReport())).header;
  const isGlibc = typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
  const folder = `${isGlibc ? 'linux' : 'musl'}_${process.arch}`;
  return join(root, `node_modules/@koromix/koffi-linux-${process.arch}`, folder, 'koffi.node');
}
