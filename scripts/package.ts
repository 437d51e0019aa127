/**
 * `npm run package`: dist/packages has the .deb and the tarball of each processor, the npm package, the software bill of
 * materials and the SHA-256 sums. The same sources give the same bytes. `--arch amd64` makes one processor only,
 * `--out DIR` writes elsewhere.
 */
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEBIAN_ARCH, writeDebian } from './packages/debian.ts';
import { writeNpmPackage } from './packages/npm-package.ts';
import { KUBECTL_NAMES, makeRelease, type PackageArch, type Release } from './packages/release.ts';
import { renderSbom } from './packages/sbom.ts';
import { compress, diskEntry, sha256, tarOf } from './packages/tree.ts';

const root = join(import.meta.dirname, '..');
const ARCHS: readonly PackageArch[] = ['x64', 'arm64'];

/** Laid out as the releases of azure-vnet and of containernetworking: all files at the top. */
function tarball({ bins, epoch }: Release, arch: PackageArch): Buffer {
  const programs = ['vnet', 'azure-vnet', 'azure-vnet-ipam'].map((name) =>
    diskEntry(name, join(bins[arch], name), 0o755),
  );
  const others = ['LICENSE', 'README.md', 'examples/10-azure.conflist'].map((path) =>
    diskEntry(path.replace('examples/', ''), join(root, path)),
  );
  const plugin = KUBECTL_NAMES.map((path) => ({ kind: 'link', path, target: 'vnet' }) as const);
  return compress(tarOf([...programs, ...plugin, ...others], epoch, './'));
}

async function main(out: string, archs: readonly PackageArch[]): Promise<void> {
  const release = makeRelease(root, archs);
  const { version, epoch } = release;
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(out, { recursive: true });
  for (const arch of archs) {
    const name = DEBIAN_ARCH[arch];
    writeDebian(release, arch, join(out, `vnet_${version}_${name}.deb`));
    fs.writeFileSync(join(out, `vnet-linux-${name}-v${version}.tgz`), tarball(release, arch));
  }
  await writeNpmPackage(root, release, join(out, `vnet-${version}.tgz`));
  const digests = (): ReadonlyMap<string, string> =>
    new Map(
      fs
        .readdirSync(out)
        .toSorted()
        .map((name) => [name, sha256(fs.readFileSync(join(out, name)))]),
    );
  fs.writeFileSync(
    join(out, `vnet-${version}.spdx.json`),
    renderSbom(root, { version, epoch, files: digests() }),
  );
  const sums = [...digests()].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  fs.writeFileSync(join(out, 'SHA256SUMS'), sums);
  console.log(`${out}:\n${sums.trimEnd()}`);
}

const { values: given } = parseArgs({ options: { arch: { type: 'string' }, out: { type: 'string' } } });
const archs = ARCHS.filter((arch) => given.arch === undefined || DEBIAN_ARCH[arch] === given.arch);
try {
  if (archs.length === 0) throw new Error(`--arch is ${Object.values(DEBIAN_ARCH).join(' or ')}`);
  await main(resolve(given.out ?? join(root, 'dist/packages')), archs);
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
