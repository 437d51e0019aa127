/**
 * `npm run image`: dist/packages/vnet-image-<arch>-v<version>.oci.tar, an OCI image of Debian packages (nftables, iproute2, a shell) and
 * the executables in /opt/vnet/bin. Needs mmdebstrap. `--arch arm64` needs an emulator (qemu-user-static, binfmt). The same
 * sources and the same state of Debian's mirror give the same bytes.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEBIAN_ARCH } from './packages/debian.ts';
import { ociArchive } from './packages/oci.ts';
import { makeRelease, type Release, type PackageArch } from './packages/release.ts';
import { compress, diskEntry, sha256, tarOf } from './packages/tree.ts';

const root = join(import.meta.dirname, '..');
const SUITE = 'bookworm';
const PACKAGES = ['iproute2', 'nftables', 'util-linux'];

/** Files that only a package manager or a person needs. */
const LEFT_OUT = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/var/cache/*',
  '/var/log/*',
];

function baseLayer({ epoch }: Release, arch: PackageArch): Buffer {
  const folder = fs.mkdtempSync(join(tmpdir(), 'vnet-image-'));
  try {
    const file = join(folder, 'base.tar');
    const args = [
      '--variant=essential',
      `--include=${PACKAGES.join(',')}`,
      `--architectures=${DEBIAN_ARCH[arch]}`,
      ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
      '--format=tar',
      SUITE,
      file,
    ];
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
    const done = spawnSync('mmdebstrap', args, { encoding: 'utf8', env });
    if (done.status !== 0) throw new Error(`mmdebstrap: ${done.error?.message ?? done.stderr.slice(-2000)}`);
    return compress(fs.readFileSync(file));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

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
  const file = join(out, `vnet-image-${DEBIAN_ARCH[arch]}-v${version}.oci.tar`);
  const layers = [baseLayer(release, arch), programLayer(release, arch)];
  const image = { arch: DEBIAN_ARCH[arch], name: 'vnet', version, epoch, layers };
  fs.writeFileSync(file, ociArchive(image));
  console.log(`${sha256(fs.readFileSync(file))}  ${file}`);
} catch (error) {
  console.error(`image: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
