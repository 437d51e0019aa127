/** The parts of a release: executables for each processor, manual, completion, texts, the time of the sources. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledPackages } from './sbom.ts';

/** Processors of the packages, as Node.js names them. */
export type PackageArch = 'x64' | 'arm64';

/**
 * A release.
 * Shape: `bins` are the directories of the executables; `pages` are manual pages by path below man/.
 * Units: `epoch` seconds since 1970; every file in a package has this time.
 */
export type Release = {
  readonly root: string;
  readonly version: string;
  readonly epoch: number;
  readonly maintainer: string;
  readonly bins: Readonly<Record<PackageArch, string>>;
  readonly pages: ReadonlyMap<string, string>;
  readonly completions: Readonly<Record<'bash' | 'zsh' | 'fish', string>>;
  readonly changelog: string;
  readonly copyright: string;
};

/** Names under which kubectl starts the program: for `kubectl vnet`, and to complete its words. */
export const KUBECTL_NAMES = ['kubectl-vnet', 'kubectl_complete-vnet'] as const;

const MAINTAINER = 'vnet authors <vnet@example.org>';

/** Builds the executables for these processors and returns the release. Errors: throws the failed command. */
export function makeRelease(root: string, archs: readonly PackageArch[]): Release {
  const manifest: { readonly version: string } = JSON.parse(
    fs.readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const { version } = manifest;
  const own = process.arch === 'arm64' ? 'arm64' : 'x64';
  for (const arch of new Set([own, ...archs]))
    run(root, ['npm', 'run', '--silent', 'build', '--', '--runtime', 'bun', '--arch', arch]);
  const binOf = (arch: PackageArch): string => join(root, 'dist', arch === own ? '' : arch, 'bin');
  const bins = { x64: binOf('x64'), arm64: binOf('arm64') };
  const vnet = join(bins[own], 'vnet');
  const completion = (shell: string): string => run(root, [vnet, 'completion', shell]);
  const epoch = timeOfSources(root);
  return {
    root,
    version,
    epoch,
    maintainer: MAINTAINER,
    bins,
    pages: readPages(root, vnet),
    completions: { bash: completion('bash'), zsh: completion('zsh'), fish: completion('fish') },
    changelog: debianChangelog(version, epoch),
    copyright: copyrightOf(root),
  };
}

/** That of the last commit, unless the environment has one. Source: reproducible-builds.org, SOURCE_DATE_EPOCH. */
function timeOfSources(root: string): number {
  const given = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN);
  return Number.isInteger(given) ? given : Number(run(root, ['git', 'log', '-1', '--format=%ct']));
}

function readPages(root: string, vnet: string): ReadonlyMap<string, string> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'vnet-man-'));
  try {
    run(root, [vnet, 'man', '--out', folder]);
    const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => fs.statSync(join(folder, name)).isFile()).toSorted();
    return new Map(files.map((name) => [name, fs.readFileSync(join(folder, name), 'utf8')]));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function debianChangelog(version: string, epoch: number): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `vnet (${version}) unstable; urgency=medium\n\n  * Changes: CHANGELOG.md of the sources.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** Returns the licenses of the package. Source: Debian machine-readable copyright format 1.0. */
export function copyrightOf(root: string): string {
  const licenses = new Map<string, string[]>();
  for (const { name, license } of bundledPackages(root))
    licenses.set(license, [...(licenses.get(license) ?? []), name]);
  const others = [...licenses]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([license, names]) => `Files: usr/lib/vnet/vnet
Copyright: the authors of ${names.toSorted().join(', ')}
License: ${license}
`,
    );
  return [
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: vnet

Files: *
Copyright: 2026 the vnet authors
License: Apache-2.0
`,
    `License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
`,
    `Comment: The program contains code of npm packages under their own licenses:\n${others
      .map((text) => text.split('\n').slice(1, 3).join('; '))
      .map((line) => ` ${line}`)
      .join('\n')}
`,
  ].join('\n');
}

/** Runs the command and returns its output. Errors: throws its message. */
function run(cwd: string, [name = '', ...args]: readonly string[]): string {
  const done = spawnSync(name, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return done.stdout;
  throw new Error(`${name} ${args.join(' ')}: ${done.error?.message ?? `${done.stderr}${done.stdout}`}`);
}
