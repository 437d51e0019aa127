/** The packages of a release, of small executables: layout, reproducibility, bill of materials. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentsOf, writeDebian } from '../../scripts/packages/debian.ts';
import { ociArchive } from '../../scripts/packages/oci.ts';
import { copyrightOf, type Release } from '../../scripts/packages/release.ts';
import { bundledPackages, renderSbom } from '../../scripts/packages/sbom.ts';
import { compress, type Entry, sha256, tarOf, textEntry } from '../../scripts/packages/tree.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';

const root = join(import.meta.dirname, '../..');
const EPOCH = 1_790_000_000;
const noDpkg = isSkipped('.deb', whyWithout('dpkg-deb'));

let folder: string;
let release: Release;
beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'vnet-packages-'));
  for (const name of ['vnet', 'azure-vnet', 'azure-vnet-ipam']) {
    fs.writeFileSync(join(folder, name), `#!/bin/sh\necho ${name}\n`);
  }
  release = {
    root,
    version: '1.2.3',
    epoch: EPOCH,
    maintainer: 'A <a@example.org>',
    bins: { x64: folder, arm64: folder },
    pages: new Map([['man1/vnet.1', '.TH vnet 1\n']]),
    completions: { bash: 'b', zsh: 'z', fish: 'f' },
    changelog: 'vnet (1.2.3) unstable; urgency=medium\n',
    copyright: copyrightOf(root),
  };
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const ENTRIES: readonly Entry[] = [
  textEntry('b/program', 'x'.repeat(1000), 0o755),
  { kind: 'link', path: 'a', target: 'b/program' },
  textEntry('b/empty', ''),
];

describe('an archive', () => {
  it('is read by tar: names, modes, owners, times, contents', () => {
    const file = join(folder, 'a.tgz');
    fs.writeFileSync(file, compress(tarOf(ENTRIES, EPOCH, './')));
    const { stdout } = mustExec(['tar', '--utc', '--full-time', '-tvzf', file]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' '));
    const time = '2026-09-21 14:13:20';
    expect(lines).toEqual([
      `lrwxrwxrwx root/root 0 ${time} ./a -> b/program`,
      `drwxr-xr-x root/root 0 ${time} ./b/`,
      `-rw-r--r-- root/root 0 ${time} ./b/empty`,
      `-rwxr-xr-x root/root 1000 ${time} ./b/program`,
    ]);
    expect(mustExec(['tar', '-xzOf', file, './b/program']).stdout).toBe('x'.repeat(1000));
  });

  it('does not depend on the order of its files', () => {
    const bytes = (entries: readonly Entry[]): string => sha256(compress(tarOf(entries, EPOCH)));
    expect(bytes(ENTRIES.toReversed())).toBe(bytes(ENTRIES));
    expect(bytes(ENTRIES.slice(1))).not.toBe(bytes(ENTRIES));
  });
});

describe.skipIf(noDpkg)('the .deb', () => {
  const make = (name: string): string => {
    const file = join(folder, name);
    writeDebian(release, 'x64', file);
    return file;
  };

  it('has the same bytes each time', () => {
    expect(sha256(fs.readFileSync(make('one.deb')))).toBe(sha256(fs.readFileSync(make('two.deb'))));
  });

  it('has programs, units, manual and completion, and one configuration file', () => {
    const file = make('three.deb');
    const { stdout } = mustExec(['dpkg-deb', '--contents', file]);
    for (const path of [
      'usr/lib/vnet/vnet',
      'usr/lib/vnet/azure-vnet',
      'usr/bin/vnet -> ../lib/vnet/vnet',
      'usr/bin/kubectl-vnet -> ../lib/vnet/vnet',
      'usr/bin/kubectl_complete-vnet -> ../lib/vnet/vnet',
      'usr/lib/systemd/system/vnet-watch.service',
      'usr/share/man/man1/vnet.1.gz',
      'usr/share/man/man1/kubectl-vnet.1.gz -> vnet-fleet.1.gz',
      'usr/share/bash-completion/completions/vnet',
      'usr/share/doc/vnet/copyright',
    ]) {
      expect(stdout).toContain(` ./${path}\n`);
    }
    expect(stdout).toMatch(/^drwxr-xr-x root\/root .* \.\/\n/);
    expect(stdout).not.toMatch(/opt\/|etc\/cni|etc\/systemd/);
    expect(mustExec(['dpkg-deb', '--info', file, 'conffiles']).stdout).toBe('/etc/default/vnet\n');
    expect(mustExec(['dpkg-deb', '--field', file, 'Architecture']).stdout).toBe('amd64\n');
  });

  it.each(['postinst', 'prerm', 'postrm'])('has a %s that a shell accepts', (name) => {
    const script = join(root, 'deploy/debian', name);
    expect(execNow(['sh', '-n', script])).toMatchObject({ code: 0, stderr: '' });
  });

  it('lists every file but the configuration in its checksums', () => {
    const sums = mustExec(['dpkg-deb', '--info', make('four.deb'), 'md5sums']).stdout;
    const files = contentsOf(release, 'x64').filter((entry) => entry.kind === 'file');
    expect(sums.trim().split('\n')).toHaveLength(files.length - 1);
  });
});

describe('the OCI image', () => {
  it('is a layout in which every digest is that of its blob', () => {
    const layers = [compress(tarOf(ENTRIES, EPOCH))];
    const archive = ociArchive({ arch: 'amd64', name: 'vnet', version: '1.2.3', epoch: EPOCH, layers });
    const file = join(folder, 'image.tar');
    const out = join(folder, 'layout');
    fs.writeFileSync(file, archive);
    fs.mkdirSync(out);
    mustExec(['tar', '-xf', file, '-C', out]);
    const blobs = join(out, 'blobs/sha256');
    const read = (digest: string): Buffer => fs.readFileSync(join(blobs, digest.replace('sha256:', '')));
    for (const name of fs.readdirSync(blobs)) expect(sha256(read(name))).toBe(name);
    const index = JSON.parse(fs.readFileSync(join(out, 'index.json'), 'utf8'));
    const manifest = JSON.parse(read(index.manifests[0].digest).toString());
    const config = JSON.parse(read(manifest.config.digest).toString());
    expect(read(manifest.layers[0].digest)).toEqual(layers[0]);
    expect(config.rootfs.diff_ids).toEqual([`sha256:${sha256(tarOf(ENTRIES, EPOCH))}`]);
  });
});

describe('the bill of materials', () => {
  it('has every package that is bundled, with license and checksum, and none for development', () => {
    const names = bundledPackages(root).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['yaml', 'commander', '@oven/bun-linux-x64']));
    expect(names.filter((name) => /vitest|esbuild|koffi/.test(name))).toEqual([]);
    for (const { name, license, sha512 } of bundledPackages(root)) {
      expect([name, license, sha512]).toEqual([
        name,
        expect.stringMatching(/^[A-Z]/),
        expect.stringMatching(/^[0-9a-f]{128}$/),
      ]);
    }
  });

  it('relates each element to one that it has', () => {
    const document = JSON.parse(
      renderSbom(root, {
        version: '1.2.3',
        epoch: EPOCH,
        files: new Map([['a.deb', 'ab'.repeat(32)]]),
        debian: [{ name: 'libnftables1', version: '1.0.6-2+deb12u2', arch: 'arm64' }],
      }),
    );
    const own = [...document.packages, ...document.files].map(({ SPDXID }) => SPDXID as string);
    expect(new Set(own).size).toBe(own.length);
    const known = new Set([...own, 'SPDXRef-DOCUMENT']);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect([known.has(spdxElementId), known.has(relatedSpdxElement)]).toEqual([true, true]);
    }
    const [locator] = document.packages
      .at(-1)
      .externalRefs.map(({ referenceLocator }: { referenceLocator: string }) => referenceLocator);
    expect(locator).toBe('pkg:deb/debian/libnftables1@1.0.6-2%2Bdeb12u2?arch=arm64');
    expect(document.creationInfo.created).toBe('2026-09-21T14:13:20Z');
  });
});
