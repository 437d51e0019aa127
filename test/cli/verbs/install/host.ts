/** A node's root directory with files of other programs, and small builds to install on it. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BIN, SIMULATED_BIN } from '../../../plugin/live-node.ts';
import { execNow, type Outcome } from '../../../support/exec.ts';

/** A root directory. */
export type InstallHost = {
  readonly root: string;
  readonly vnet: (...args: readonly string[]) => Outcome;
  readonly write: (path: string, text: string, mode?: number) => void;
  readonly read: (path: string) => string;
  readonly exists: (path: string) => boolean;
  /** Returns the directory of a build: executables that cannot run a verb, distinguished by `name`. */
  readonly build: (name: string) => string;
  /** Returns every file of the root with type, mode, target or contents, and time of the last change. */
  readonly list: () => readonly string[];
  readonly remove: () => void;
};

/** Files of other programs on a node with Azure CNI. */
const FOREIGN: readonly (readonly [path: string, text: string, mode: number])[] = [
  ['/opt/cni/bin/azure-vnet', '#!/bin/sh\necho Azure CNI Version v1.4.35\n', 0o755],
  ['/opt/cni/bin/portmap', '#!/bin/sh\n', 0o755],
  ['/usr/local/bin/reconcile', '#!/bin/sh\necho a program of the administrator\n', 0o750],
  ['/etc/systemd/system/multi-user.target.wants/kubelet.service', '[Unit]\n', 0o644],
  ['/usr/lib/systemd/systemd', '', 0o755],
  ['/etc/cni/net.d/15-cilium.conflist', '{"plugins": [{"type": "cilium-cni"}]}\n', 0o644],
  ['/proc/sys/net/ipv4/ip_forward', '0\n', 0o644],
  ['/run/lock/other', '', 0o644],
  ['/var/lib/other', '', 0o600],
];

const LONG_AGO = new Date('2024-02-29T12:00:00.000Z');

/** Returns the host. */
export function makeInstallHost(): InstallHost {
  const root = fs.mkdtempSync(join(tmpdir(), 'vnet-host-'));
  const at = (path: string): string => join(root, path);
  const builds = fs.mkdtempSync(join(tmpdir(), 'vnet-builds-'));
  const write = (path: string, text: string, mode = 0o644): void => {
    fs.mkdirSync(dirname(at(path)), { recursive: true });
    fs.writeFileSync(at(path), text, { mode });
    fs.utimesSync(at(path), LONG_AGO, LONG_AGO);
  };
  for (const file of FOREIGN) write(...file);
  return {
    root,
    write,
    vnet: (...args) =>
      execNow([join(SIMULATED_BIN, 'vnet'), ...args], { env: { VNET_ROOT: root, VNET_NODE: 'node-1' } }),
    read: (path) => fs.readFileSync(at(path), 'utf8'),
    exists: (path) => fs.lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
    build: (name) => {
      const folder = join(builds, name);
      fs.mkdirSync(folder);
      for (const program of ['vnet', 'azure-vnet']) {
        const start = fs.readFileSync(join(BIN, 'azure-vnet')).subarray(0, 4096);
        fs.writeFileSync(
          join(folder, program),
          Buffer.concat([start, Buffer.from(`${program} of build ${name}`)]),
        );
      }
      return folder;
    },
    list: () => listBelow(root),
    remove: () => {
      for (const folder of [root, builds]) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listBelow(root: string): readonly string[] {
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();
  return names.map((name) => {
    const path = join(root, name);
    const status = fs.lstatSync(path);
    const isSetting = name.startsWith('proc/');
    const what = status.isFile()
      ? `${fs.readFileSync(path, 'latin1').trim()} ${isSetting ? '' : status.mtimeMs}`
      : status.isSymbolicLink()
        ? fs.readlinkSync(path)
        : '';
    return `${name} ${status.mode.toString(8)} ${what}`;
  });
}
