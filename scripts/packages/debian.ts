/** The .deb of vnet: programs, units, manual, completion, the maintainer's scripts. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, compress, completeTree, diskEntry, textEntry, writeTree } from './tree.ts';
import { KUBECTL_NAMES, type PackageArch, type Release } from './release.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const;

/** Debian's name of the processor. */
export const DEBIAN_ARCH = { x64: 'amd64', arm64: 'arm64' } as const;

/** Writes the package to the file. Errors: throws dpkg-deb's message. */
export function writeDebian(release: Release, arch: PackageArch, file: string): void {
  const folder = fs.mkdtempSync(join(tmpdir(), 'vnet-deb-'));
  try {
    // The mode of the package's top: dpkg-deb --extract gives it to its destination.
    fs.chmodSync(folder, 0o755);
    const contents = contentsOf(release, arch);
    writeTree(folder, [...contents, ...controlFiles(release, arch, contents)], release.epoch);
    const args = ['--root-owner-group', '-Zxz', '-z1', '--threads-max=1', '--build', folder, file];
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) };
    const done = spawnSync('dpkg-deb', args, { encoding: 'utf8', env });
    if (done.status !== 0) throw new Error(`dpkg-deb: ${done.error?.message ?? done.stderr}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the files of the package. Shape: vnet install puts the programs where runtimes look for them. */
export function contentsOf(release: Release, arch: PackageArch): readonly Entry[] {
  const { root, bins, pages, completions, changelog } = release;
  const documents = 'usr/share/doc/vnet';
  const units = fs.readdirSync(join(root, 'examples/systemd'));
  return [
    diskEntry('usr/lib/vnet/vnet', join(bins[arch], 'vnet'), 0o755),
    diskEntry('usr/lib/vnet/azure-vnet', join(bins[arch], 'azure-vnet'), 0o755),
    ...['vnet', ...KUBECTL_NAMES].map(
      (name): Entry => ({ kind: 'link', path: `usr/bin/${name}`, target: '../lib/vnet/vnet' }),
    ),
    ...units.map((name) => diskEntry(`usr/lib/systemd/system/${name}`, join(root, 'examples/systemd', name))),
    ...[...pages].map(
      ([path, text]): Entry => ({
        kind: 'file',
        path: `usr/share/man/${path}.gz`,
        bytes: compress(text),
        mode: 0o644,
      }),
    ),
    ...KUBECTL_NAMES.map(
      (name): Entry => ({ kind: 'link', path: `usr/share/man/man1/${name}.1.gz`, target: 'vnet-fleet.1.gz' }),
    ),
    textEntry('usr/share/bash-completion/completions/vnet', completions.bash),
    textEntry('usr/share/zsh/vendor-completions/_vnet', completions.zsh),
    textEntry('usr/share/fish/vendor_completions.d/vnet.fish', completions.fish),
    diskEntry('etc/default/vnet', join(root, 'deploy/debian/default')),
    diskEntry(`${documents}/examples/10-azure.conflist`, join(root, 'examples/10-azure.conflist')),
    diskEntry(`${documents}/examples/vnet.yaml`, join(root, 'vnet.yaml')),
    { kind: 'file', path: `${documents}/changelog.gz`, bytes: compress(changelog), mode: 0o644 },
    textEntry(`${documents}/copyright`, release.copyright),
    diskEntry('usr/share/lintian/overrides/vnet', join(root, 'deploy/debian/lintian-overrides')),
  ];
}

function controlFiles(
  { root, version, maintainer }: Release,
  arch: PackageArch,
  contents: readonly Entry[],
): readonly Entry[] {
  const files = completeTree(contents).flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
  const kibibytes = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 1024), 0);
  const control = `Package: vnet
Version: ${version}
Section: net
Priority: optional
Architecture: ${DEBIAN_ARCH[arch]}
Maintainer: ${maintainer}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.17), nftables
Recommends: iproute2
Description: container network of an Azure-style Kubernetes node
 Gives each pod an address of the virtual network, as Azure CNI does, and
 declares the whole network of the node in one document, vnet.yaml. CNI ADD and
 DEL are transactions on it; one reconciler makes the kernel match it, previews
 every change and repairs drift.
 .
 The package changes no network: vnet install does.
`;
  return [
    textEntry('DEBIAN/control', control),
    textEntry('DEBIAN/conffiles', '/etc/default/vnet\n'),
    ...SCRIPTS.map((name) => diskEntry(`DEBIAN/${name}`, join(root, 'deploy/debian', name), 0o755)),
    textEntry('DEBIAN/md5sums', md5sums(files)),
  ];
}

function md5sums(files: readonly (Entry & { readonly kind: 'file' })[]): string {
  return files
    .filter(({ path }) => !path.startsWith('etc/'))
    .map(({ path, bytes }) => `${createHash('md5').update(bytes).digest('hex')}  ${path}\n`)
    .join('');
}
