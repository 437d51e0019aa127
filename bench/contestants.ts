/** The plugins that are compared, and how each is brought to the same size. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from '../test/support/exec.ts';
import { type BenchNode, ownConf, PEER_FOLDERS, type Plugin, type Site } from './bench-node.ts';
import { addressOf, containerIdOf } from './documents.ts';
import type { PeerOption } from './options.ts';
import { findCommand } from '../test/support/tools.ts';
import { ALONE, OWN } from './table.ts';

/** A plugin to measure. */
export type Contestant = {
  readonly name: string;
  /**
   * Ensures that it has so many leases (endpoints in the document, files of host-local), none of them with an interface,
   * and returns the plugin that works with them.
   */
  readonly fill: (count: number) => Plugin;
};

/**
 * Returns vnet first, as it is installed (calls are answered by the resident process, which must run), then without that, then
 * the reference plugins of this machine, then those of the command line.
 */
export function findContestants(
  here: BenchNode,
  site: Site,
  peers: readonly PeerOption[],
): readonly Contestant[] {
  const { env } = here;
  const own = (name: string, more: Readonly<Record<string, string>>): Contestant => ({
    name,
    fill: (count) => {
      here.fill(
        Array.from({ length: count }, (_, index) => ({
          containerId: containerIdOf(`old-${index}`),
          netns: `/run/netns/old-${index}`,
          address: addressOf(site.firstPod, index),
        })),
      );
      return { binary: join(here.bin, 'azure-vnet'), conf: ownConf(site), env: { ...env, ...more } };
    },
  });
  const folder = findPeers();
  const reference = folder === undefined ? [] : REFERENCE.map((type) => referencePeer(here, folder, type));
  const others = peers.map(({ name, binary, conf }) => {
    const parsed = JSON.parse(readFileSync(conf, 'utf8')) as object;
    return { name, fill: () => ({ binary, conf: parsed, env }) };
  });
  return [own(OWN, {}), own(ALONE, { VNET_DIRECT: '1' }), ...reference, ...others];
}

const REFERENCE = ['bridge', 'ptp'] as const;

/** Returns the folder of containernetworking-plugins, or undefined when this machine has none. */
export function findPeers(): string | undefined {
  return PEER_FOLDERS.find((folder) => findCommand('host-local', folder) !== undefined);
}

/** Ensures that the reference plugins are there, as far as apt-get can; says what it does. */
export function installPeers(say: (line: string) => void): void {
  if (findPeers() !== undefined || findCommand('apt-get') === undefined || process.getuid?.() !== 0) return;
  say('installing containernetworking-plugins with apt-get');
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000 };
  execNow(
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'containernetworking-plugins'],
    options,
  );
}

function referencePeer(here: BenchNode, folder: string, type: (typeof REFERENCE)[number]): Contestant {
  const second = type === 'bridge' ? 88 : 89;
  const name = `bench-${type}`;
  const own = type === 'bridge' ? { bridge: 'cni0', isGateway: true, isDefaultGateway: true } : {};
  // isDefaultGateway already makes the bridge plugin add the default route.
  const routes = type === 'bridge' ? [] : [{ dst: '0.0.0.0/0' }];
  const pluginOf = (dataDir: string): Plugin => {
    const ipam = { type: 'host-local', subnet: `10.${second}.0.0/16`, dataDir, routes };
    const conf = { cniVersion: '0.4.0', name, type, ...own, ipam };
    return { binary: join(folder, type), conf, env: here.env };
  };
  return {
    name: type,
    fill: (count) => {
      const dataDir = join(here.node.root, 'var/lib/cni', String(count));
      if (!existsSync(join(dataDir, name))) fillHostLocal(join(dataDir, name), second, count);
      return pluginOf(dataDir);
    },
  };
}

/** Source: plugins/ipam/host-local/backend/disk: a file for each lease, and the last one given. */
function fillHostLocal(store: string, second: number, count: number): void {
  mkdirSync(store, { recursive: true });
  const leaseOf = (index: number): string => addressOf(0, index + 2).replace('10.240', `10.${second}`);
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(store, leaseOf(index)), `${containerIdOf(`old-${index}`)}\r\neth0`);
  }
  if (count > 0) writeFileSync(join(store, 'last_reserved_ip.0'), leaseOf(count - 1));
}
