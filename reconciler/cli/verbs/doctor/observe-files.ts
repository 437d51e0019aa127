/** Reads the configuration of the runtime and of other network managers. Read-only. */
import { existsSync } from 'node:fs';
import type { CniFile, ManagerFacts, TextFile } from './facts.ts';
import { unhonouredKeys } from '../../../cni/unhonoured.ts';
import { listFolder, textAt } from './files.ts';

/** systemd's directories, in order of precedence. Source: systemd.network(5). */
const SYSTEMD_FOLDERS = [
  '/etc/systemd',
  '/run/systemd',
  '/usr/local/lib/systemd',
  '/usr/lib/systemd',
  '/lib/systemd',
];

/** Returns the files that the runtime may load, in its order. Source: libcni, ConfFiles. */
export function readCniFiles(directory: string): readonly CniFile[] {
  return listFolder(directory)
    .filter((name) => /\.(conf|conflist|json)$/.test(name))
    .map((name) => describeCniFile(`${directory}/${name}`));
}

function describeCniFile(path: string): CniFile {
  const configurations = configurationsIn(textAt(path));
  const own = configurations?.find((one) => word(one, 'type') === 'azure-vnet');
  const master = word(own, 'master');
  return {
    path,
    plugins: configurations?.map((one) => word(one, 'type') ?? 'unknown'),
    ...(master === undefined ? {} : { master }),
    unhonoured: unhonouredKeys(Object.fromEntries(Object.entries(own ?? {}))),
  };
}

function word(configuration: unknown, key: string): string | undefined {
  const value = new Map<string, unknown>(Object.entries(configuration ?? {})).get(key);
  return typeof value === 'string' ? value : undefined;
}

function configurationsIn(text: string | undefined): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const list: unknown = 'plugins' in value ? value.plugins : [value];
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the configuration of systemd-networkd and NetworkManager, in order of precedence. */
export function readManagers(root: string): ManagerFacts {
  const isThere = (paths: readonly string[]): boolean => paths.some((path) => existsSync(`${root}${path}`));
  return {
    networkd: {
      isThere: isThere([
        '/run/systemd/netif',
        '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service',
      ]),
      settings: layered(root, 'networkd.conf'),
      networks: networkFiles(root),
    },
    networkManager: {
      isThere: isThere([
        '/run/NetworkManager',
        '/etc/systemd/system/multi-user.target.wants/NetworkManager.service',
      ]),
      settings: [
        ...present([`${root}/etc/NetworkManager/NetworkManager.conf`]),
        ...present(
          ['/usr/lib', '/run', '/etc'].flatMap((folder) =>
            inFolder(`${root}${folder}/NetworkManager/conf.d`, '.conf'),
          ),
        ),
      ],
    },
  };
}

/** Returns the unit of the resident process, then its drop-ins, in the order in which systemd reads them. */
export function readWatchUnit(root: string): readonly TextFile[] {
  return layered(root, 'system/vnet-watch.service');
}

/**
 * The main file first, then drop-ins in the order of their names; of equal names, the one in the directory
 * with highest precedence.
 */
function layered(root: string, name: string): readonly TextFile[] {
  const main = present(SYSTEMD_FOLDERS.map((place) => `${root}${place}/${name}`)).slice(0, 1);
  return [
    ...main,
    ...uniqueByName(SYSTEMD_FOLDERS.flatMap((place) => inFolder(`${root}${place}/${name}.d`, '.conf'))),
  ];
}

/** A .network file together with its drop-ins. */
function networkFiles(root: string): readonly TextFile[] {
  const files = uniqueByName(
    SYSTEMD_FOLDERS.flatMap((place) => inFolder(`${root}${place}/network`, '.network')),
  );
  return files.map(({ path, text }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const more = uniqueByName(
      SYSTEMD_FOLDERS.flatMap((place) => inFolder(`${root}${place}/network/${name}.d`, '.conf')),
    );
    return { path, text: [text, ...more.map((file) => file.text)].join('\n') };
  });
}

function uniqueByName(paths: readonly string[]): readonly TextFile[] {
  const byName = new Map<string, string>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!byName.has(name)) byName.set(name, path);
  }
  return present([...byName].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, path]) => path));
}

function present(paths: readonly string[]): readonly TextFile[] {
  return paths.flatMap((path) => {
    const text = textAt(path);
    return text === undefined ? [] : [{ path, text }];
  });
}

function inFolder(folder: string, suffix: string): readonly string[] {
  return listFolder(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => `${folder}/${name}`);
}
