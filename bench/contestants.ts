/** The compared plugins, and how each reaches the same size. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from '../test/support/exec.ts';
import { type BenchNode, ownConf, PEER_FOLDERS, type Plugin, type Site } from './bench-node.ts';
import { addressOf, containerIdOf, makePods } from './documents.ts';
import type { PeerOption } from './options.ts';
import { findCommand } from '../test/support/tools.ts';
import { ALONE, OWN } from './table.ts';

/** A plugin on a node. */
export type Stand = { readonly here: BenchNode; readonly plugin: Plugin };

/** A plugin to measure. */
export type Contestant = {
  readonly name: string;
  /** Resolves to the plugin with this number of leases: endpoints in the document, files of host-local. */
  readonly at: (count: number) => Promise<Stand>;
};

/** A node and its site. */
export type Place = { readonly here: BenchNode; readonly site: Site };

/**
 * Returns vnet as installed (one node per size, where the resident process serves calls), then vnet without a
 * server, on a separate node with the reference plugins of this machine and those of the command line.
 */
export function findContestants(
  attended: ReadonlyMap<number, Place>,
  alone: Place,
  peers: readonly PeerOption[],
): readonly Contestant[] {
  const { here } = alone;
  const others = peers.map(({ name, binary, conf }) => {
    const parsed = JSON.parse(readFileSync(conf, 'utf8')) as object;
    return { name, at: async () => ({ here, plugin: { binary, conf: parsed, env: here.env } }) };
  });
  const resident = async (count: number): Promise<Stand> => {
    const place = attended.get(count);
    if (place === undefined) throw new Error(`there is no node with ${count} endpoints`);
    return standOf(place);
  };
  return [
    { name: OWN, at: resident },
    { name: ALONE, at: async (count) => byItself(await fill(alone, count)) },
    ...referencePlugins(here),
    ...others,
  ];
}

/** Returns vnet on the node as configured. */
export function standOf({ here, site }: Place): Stand {
  return { here, plugin: { binary: join(here.bin, 'azure-vnet'), conf: ownConf(site), env: here.env } };
}

/**
 * Resolves to vnet on the node, with this number of endpoints in its document, without interfaces and
 * namespaces.
 */
export async function fill(place: Place, count: number): Promise<Stand> {
  place.here.fill(makePods('old', place.site.firstPod, count));
  return standOf(place);
}

/** Returns the stand on which every call runs in its own process, without starting a server. */
export function byItself({ here, plugin }: Stand): Stand {
  return { here, plugin: { ...plugin, env: { ...plugin.env, VNET_DIRECT: '1' } } };
}

const REFERENCE = ['bridge', 'ptp'] as const;

/** Returns the reference plugins of this machine, with host-local, on that node. */
export function referencePlugins(here: BenchNode): readonly Contestant[] {
  const folder = findPeers();
  return folder === undefined ? [] : REFERENCE.map((type) => referencePeer(here, folder, type));
}

/** Returns the folder of containernetworking-plugins; undefined if this machine has none. */
export function findPeers(): string | undefined {
  return PEER_FOLDERS.find((folder) => findCommand('host-local', folder) !== undefined);
}

/** Installs the reference plugins if apt-get can; prints its steps. */
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
    at: async (count) => {
      const dataDir = join(here.node.root, 'var/lib/cni', String(count));
      if (!existsSync(join(dataDir, name))) fillHostLocal(join(dataDir, name), second, count);
      return { here, plugin: pluginOf(dataDir) };
    },
  };
}

/** Source: plugins/ipam/host-local/backend/disk: a file per lease, and the last assigned one. */
function fillHostLocal(store: string, second: number, count: number): void {
  mkdirSync(store, { recursive: true });
  const leaseOf = (index: number): string => addressOf(0, index + 2).replace('10.240', `10.${second}`);
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(store, leaseOf(index)), `${containerIdOf(`old-${index}`)}\r\neth0`);
  }
  if (count > 0) writeFileSync(join(store, 'last_reserved_ip.0'), leaseOf(count - 1));
}
