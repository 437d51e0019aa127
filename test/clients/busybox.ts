/** A root file system with only busybox, as a folder and as an image; without a registry. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustExec } from '../support/exec.ts';
import { findCommand } from '../support/tools.ts';

const APPLETS = ['sh', 'httpd', 'ip'];

/** Serves the page on port 80 until stopped; SIGTERM ends it although it is process 1. */
export const SERVE = ['/bin/sh', '-c', 'trap exit TERM; httpd -f -p 80 -h /www & wait'];

/** Ensures that the folder is a root file system with a web page of this text. */
export function makeRootfs(folder: string, page: string): void {
  for (const made of ['bin', 'www', 'etc', 'dev', 'proc', 'sys', 'run', 'tmp'])
    mkdirSync(join(folder, made), { recursive: true });
  copyFileSync(findCommand('busybox') ?? '', join(folder, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(folder, 'bin', applet));
  writeFileSync(join(folder, 'www/index.html'), `${page}\n`);
}

/** Ensures an image of that name in a tarball, as written by \`docker save\`; it serves its page. */
export function makeImage(folder: string, name: string): string {
  const rootfs = join(folder, 'rootfs');
  makeRootfs(rootfs, 'hello');
  const image = join(folder, 'image');
  mkdirSync(image);
  mustExec(['tar', '-C', rootfs, '-cf', join(image, 'layer.tar'), '.']);
  const layer = createHash('sha256')
    .update(readFileSync(join(image, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: SERVE },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  };
  writeFileSync(join(image, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest));
  const tarball = join(folder, 'image.tar');
  mustExec(['tar', '-C', image, '-cf', tarball, 'manifest.json', 'config.json', 'layer.tar']);
  return tarball;
}
