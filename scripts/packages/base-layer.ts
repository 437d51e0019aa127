/** The lowest layer of the image: packages of Debian, made by mmdebstrap. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEBIAN_ARCH } from './debian.ts';
import type { PackageArch } from './release.ts';
import type { DebianPackage } from './sbom.ts';

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

/** Where the packages of a layer are listed: by dpkg, or one file for each, as scanners of images know it. */
const LISTS = ['./var/lib/dpkg/status', './var/lib/dpkg/status.d'];

/**
 * Instead of the packages' own scripts, which are programs of the other processor: users and groups, a shell's name, and the list
 * of packages. `$1` is the layer's folder.
 */
const WITHOUT_SCRIPTS = `set -e
cd "$1"
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
[ -e bin/sh ] || ln -s dash bin/sh
mkdir -p var/lib/dpkg/status.d
for file in var/cache/apt/archives/*.deb; do
  dpkg-deb --field "$file" > "var/lib/dpkg/status.d/$(dpkg-deb --field "$file" Package)"
done
touch -d "@$SOURCE_DATE_EPOCH" etc/passwd etc/group var/lib/dpkg/status.d/* var/lib/dpkg/status.d`;

/** A layer. Shape: `tar` is the archive; `packages` those in it, by name. */
export type BaseLayer = { readonly tar: Buffer; readonly packages: readonly DebianPackage[] };

/** Returns the arguments of mmdebstrap for the archive. Packages of another processor are unpacked; none of their programs is run. */
export function mmdebstrapArguments(arch: PackageArch, file: string, hook: string): readonly string[] {
  const isOwn = arch === process.arch;
  const kind = isOwn
    ? ['--variant=essential', `--include=${PACKAGES.join(',')}`]
    : [
        '--variant=extract',
        '--include=?essential',
        `--include=${PACKAGES.join(',')}`,
        '--skip=check/qemu',
        '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
        `--extract-hook=${hook}`,
      ];
  return [
    ...kind,
    `--architectures=${DEBIAN_ARCH[arch]}`,
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--format=tar',
    SUITE,
    file,
  ];
}

/** Returns the layer. Units: seconds since the epoch. Errors: throws mmdebstrap's message. */
export function makeBaseLayer(arch: PackageArch, epoch: number): BaseLayer {
  const folder = fs.mkdtempSync(join(tmpdir(), 'vnet-image-'));
  try {
    const [file, hook] = [join(folder, 'base.tar'), join(folder, 'hook.sh')];
    fs.writeFileSync(hook, `#!/bin/sh\n${WITHOUT_SCRIPTS}\n`, { mode: 0o755 });
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
    run('mmdebstrap', mmdebstrapArguments(arch, file, hook), env);
    const listed = LISTS.map((path) => spawnSync('tar', ['-xOf', file, path], { encoding: 'utf8' }).stdout);
    return { tar: fs.readFileSync(file), packages: parsePackages(listed.join('\n\n')) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the packages of a list in the form of dpkg's status, by name. Source: deb822(5). */
export function parsePackages(text: string): readonly DebianPackage[] {
  return text
    .split(/\n(?=Package: )|\n\n+/)
    .flatMap((paragraph) => {
      const of = (field: string): string | undefined =>
        new RegExp(`^${field}: (.*)$`, 'm').exec(paragraph)?.[1];
      const [name, version, arch] = [of('Package'), of('Version'), of('Architecture')];
      const isComplete = name !== undefined && version !== undefined && arch !== undefined;
      return isComplete ? [{ name, version, arch }] : [];
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const done = spawnSync(name, args, { encoding: 'utf8', env });
  if (done.status !== 0) throw new Error(`${name}: ${done.error?.message ?? done.stderr.slice(-2000)}`);
}
