/**
 * `npm run image`: dist/packages/vnet-image-<arch>-v<version>.oci.tar, an OCI image of Debian packages (nftables, iproute2, a shell) and
 * the executables in /opt/vnet/bin, and its bill of materials. Needs mmdebstrap. `--arch arm64` on another processor needs no emulator:
 * the packages are unpacked, and none of their programs is run. The same sources and the same state of Debian's mirror give the same bytes.
 */
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBaseLayer } from './packages/base-layer.ts';
import { DEBIAN_ARCH } from './packages/debian.ts';
import { ociArchive } from './packages/oci.ts';
import { makeRelease, type Release, type PackageArch } from './packages/release.ts';
import { renderSbom } from './packages/sbom.ts';
import { compress, diskEntry, sha256, tarOf } from './packages/tree.ts';

const root = join(import.meta.dirname, '..');
function programLayer({ bins, epoch }: Release, arch: PackageArch): Buffer {
  const programs = ['vnet', 'azure-vnet', 'azure-vnet-ipam'].map((name) =>
    diskEntry(`opt/vnet/bin/${name}`, join(bins[arch], name), 0o755),
  );
  const links = ['vnet', 'reconcile'].map(
    (name) => ({ kind: 'link', path: `usr/bin/${name}`, target: '/opt/vnet/bin/vnet' }) as const,
  );
  const notice = diskEntry('usr/share/doc/vnet/LICENSE', join(root, 'LICENSE'));
  return compress(tarOf([...programs, ...links, notice], epoch));
}

const { values: given } = parseArgs({
  options: {
    arch: { type: 'string', default: DEBIAN_ARCH[process.arch === 'arm64' ? 'arm64' : 'x64'] },
    out: { type: 'string' },
  },
});
try {
  const arch = given.arch === 'arm64' ? 'arm64' : given.arch === 'amd64' ? 'x64' : undefined;
  if (arch === undefined) throw new Error(`--arch is ${Object.values(DEBIAN_ARCH).join(' or ')}`);
  const release = makeRelease(root, [arch]);
  const out = resolve(given.out ?? join(root, 'dist/packages'));
  fs.mkdirSync(out, { recursive: true });
  const { version, epoch } = release;
  const name = `vnet-image-${DEBIAN_ARCH[arch]}-v${version}`;
  const file = join(out, `${name}.oci.tar`);
  const base = makeBaseLayer(arch, epoch);
  const layers = [compress(base.tar), programLayer(release, arch)];
  const image = { arch: DEBIAN_ARCH[arch], name: 'vnet', version, epoch, layers };
  fs.writeFileSync(file, ociArchive(image));
  const digest = sha256(fs.readFileSync(file));
  const files = new Map([[`${name}.oci.tar`, digest]]);
  const { packages: debian } = base;
  fs.writeFileSync(join(out, `${name}.spdx.json`), renderSbom(root, { version, epoch, files, debian }));
  console.log(`${digest}  ${file}\n${debian.length} packages of Debian: ${name}.spdx.json`);
} catch (error) {
  console.error(`image: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
