/** The npm package: the program for Node.js, on the real and on a simulated kernel, and the lab. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleForNode } from '../node-bundle.ts';
import type { Release } from './release.ts';
import { compress, diskEntry, type Entry, tarOf, textEntry } from './tree.ts';

const NAMES = ['vnet', 'reconcile', 'azure-vnet', 'azure-vnet-ipam'];

/** The lab finds executables and examples from its place in the checkout: the package has the same places. */
const LAB = ['test/lab/start', 'test/lab/wireserver-process'];

type Manifest = {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: { readonly koffi: string };
};

/** Writes the package, as `npm pack` would; `npx` runs `vnet` and `vnet-lab` of it. */
export async function writeNpmPackage(root: string, { epoch }: Release, file: string): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'vnet-npm-'));
  try {
    const source = { root, launcher: 'vnet', koffi: 'by npm' } as const;
    await bundleForNode({ ...source, entry: 'plugin/entry.ts' }, join(folder, 'dist'));
    await bundleForNode({ ...source, entry: 'plugin/simulated.ts' }, join(folder, 'dist/simulated'));
    await bundleLab(root, folder);
    const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const built = names.filter((name) => fs.statSync(join(folder, name)).isFile());
    const launcher = fs.readFileSync(join(folder, 'dist/bin/vnet'), 'utf8');
    const entries: readonly Entry[] = [
      ...built.map((name) => diskEntry(name, join(folder, name), 0o755)),
      ...['dist/bin', 'dist/simulated/bin'].flatMap((bin) =>
        NAMES.map((name) => textEntry(`${bin}/${name}`, launcher, 0o755)),
      ),
      ...['README.md', 'LICENSE', 'examples/10-azure.conflist', 'vnet.yaml'].map((path) =>
        diskEntry(path, join(root, path)),
      ),
      textEntry('package.json', manifestOf(root)),
    ];
    fs.writeFileSync(file, compress(tarOf(entries, epoch, 'package/')));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleLab(root: string, folder: string): Promise<void> {
  await build({
    entryPoints: LAB.map((path) => `${path}.ts`),
    outbase: '.',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['bun:ffi', 'koffi', 'tsx'],
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

function manifestOf(root: string): string {
  const own: Manifest = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8'));
  const { version, description, license, engines, dependencies } = own;
  const manifest = {
    name: 'vnet',
    version,
    description,
    license,
    engines,
    type: 'commonjs',
    bin: { vnet: 'dist/bin/vnet', 'vnet-lab': 'test/lab/start.mjs' },
    dependencies: { koffi: dependencies.koffi },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
