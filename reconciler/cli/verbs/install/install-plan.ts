/** The steps from the files of a node to those of an installed or an uninstalled one. Pure. */
import type { InstallItem, ServiceChoice } from './install-items.ts';

/**
 * The file at a path. Shape: `digest` is SHA-256 in hex, of a link `link:` and its target, of a setting its
 * value; `isForeign` for an executable that is not from vnet.
 */
export type FoundFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly digest: string; readonly isForeign: boolean }
  | { readonly kind: 'other'; readonly what: string };

/**
 * The record of an installation, on disk before its first change.
 * Shape: `replaced` are files of others with the place of their copy; `folders` are made by us, parents first.
 */
export type InstallRecord = {
  readonly format: 'vnet.install/1';
  readonly version: string;
  readonly time: string;
  readonly service: ServiceChoice;
  readonly files: Readonly<Record<string, string>>;
  readonly replaced: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
};

/**
 * One step.
 * Shape: `put` makes or replaces a file, and copies one of others to `backup` first; `tool` runs `argv`, and
 * `undo` on rollback; `keep` changes nothing and has the reason.
 */
export type InstallStep = { readonly label: string } & (
  | {
      readonly kind: 'put';
      readonly item: InstallItem;
      readonly how: 'create' | 'replace';
      readonly backup?: string;
    }
  | { readonly kind: 'keep'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string; readonly copyTo?: string }
  | { readonly kind: 'restore'; readonly path: string; readonly backup: string }
  | { readonly kind: 'set'; readonly path: string; readonly value: string }
  | { readonly kind: 'remove-folder'; readonly path: string; readonly isWhole?: boolean }
  | { readonly kind: 'tool'; readonly argv?: readonly string[]; readonly undo?: readonly string[] }
  | { readonly kind: 'clear' }
);

/** Returns the digest that an item has once it is in place; undefined for a hard link: that of its target. */
function wantedDigest(item: InstallItem, digestOf: (text: string) => string): string | undefined {
  switch (item.kind) {
    case 'file':
      return digestOf(item.text);
    case 'program':
      return item.digest;
    case 'link':
      return `link:${item.target}`;
    case 'sysctl':
      return item.value;
    case 'hard-link':
      return undefined;
  }
}

/** The input of planItems(). Shape: `digests` are those of the items in place, by path. */
export type PlanInput = {
  readonly items: readonly InstallItem[];
  readonly found: ReadonlyMap<string, FoundFile>;
  readonly record: InstallRecord | undefined;
  readonly digests: ReadonlyMap<string, string>;
  readonly backupFolder: string;
};

/** Returns the digests of the items in place, by path. */
export function digestsOf(
  items: readonly InstallItem[],
  digestOf: (text: string) => string,
): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const item of items) {
    const own = item.kind === 'hard-link' ? digests.get(item.to) : wantedDigest(item, digestOf);
    if (own !== undefined) digests.set(item.path, own);
  }
  return digests;
}

/** Returns the steps for the items, in their order; none for an item in place. */
export function planItems(input: PlanInput): readonly InstallStep[] {
  return input.items.flatMap((item) => planItem(input, item) ?? []);
}

function planItem(
  { found, record, digests, backupFolder }: PlanInput,
  item: InstallItem,
): InstallStep | undefined {
  const have = found.get(item.path) ?? { kind: 'absent' };
  const { path, label } = item;
  if (have.kind === 'other') {
    return { kind: 'keep', path, label: `${label}: ${have.what} is in its place` };
  }
  if (have.kind === 'absent') return { kind: 'put', item, how: 'create', label };
  if (have.digest === digests.get(path)) return undefined;
  const recorded = record?.files[path];
  // A build that cannot be run here is still ours.
  if (have.isForeign && recorded !== have.digest) {
    const backup = `${backupFolder}/${path.slice(1).replaceAll('/', '-')}`;
    return { kind: 'put', item, how: 'replace', backup, label: `${label}; the other program's file is kept` };
  }
  if (item.kind === 'file' && recorded !== undefined && recorded !== have.digest) {
    return { kind: 'keep', path, label: `${label}: edited since it was installed` };
  }
  return { kind: 'put', item, how: 'replace', label };
}

/** Returns the paths that neither an item nor a directory can take; empty if the plan can be carried out. */
export function blockedPaths(found: ReadonlyMap<string, FoundFile>): readonly string[] {
  return [...found].flatMap(([path, have]) => (have.kind === 'other' ? [`${path} is ${have.what}`] : []));
}

/**
 * Returns the record of the node after the steps: items of earlier installations stay listed, so that
 * an uninstallation finds them.
 */
export function recordAfter(
  steps: readonly InstallStep[],
  before: InstallRecord | undefined,
  now: Pick<InstallRecord, 'version' | 'time' | 'service'> & {
    readonly digests: ReadonlyMap<string, string>;
    readonly folders: readonly string[];
    readonly sysctls: Readonly<Record<string, string>>;
  },
): InstallRecord {
  const put = steps.flatMap((step) => (step.kind === 'put' ? [step] : []));
  const kept = new Set(steps.flatMap((step) => (step.kind === 'keep' ? [step.path] : [])));
  const files = [...now.digests].filter(([path]) => !path.startsWith('/proc/') && !kept.has(path));
  const replaced = put.flatMap(({ item, backup }) =>
    backup === undefined ? [] : [[item.path, backup] as const],
  );
  return {
    format: 'vnet.install/1',
    version: now.version,
    time: now.time,
    service: now.service,
    files: { ...before?.files, ...Object.fromEntries(files) },
    replaced: { ...Object.fromEntries(replaced), ...before?.replaced },
    folders: [...new Set([...(before?.folders ?? []), ...now.folders])],
    sysctls: { ...now.sysctls, ...before?.sysctls },
  };
}

/** The input of planRemoval(). Shape: `runs` are the running units; `units` tells whether systemd must reload. */
export type RemovalInput = {
  readonly record: InstallRecord;
  readonly found: ReadonlyMap<string, FoundFile>;
  readonly runs: readonly string[];
  readonly hasRunningSystemd: boolean;
  readonly stateDirectory: string;
  readonly runDirectory: string;
  readonly purge: boolean;
};

/**
 * Returns the steps of an uninstallation: first no runtime starts a pod, then nothing repairs, then the kernel
 * is cleared, and the files go last.
 */
export function planRemoval(input: RemovalInput): readonly InstallStep[] {
  const { record, runs, hasRunningSystemd, stateDirectory, runDirectory, purge } = input;
  const paths = Object.keys(record.files).toReversed();
  const removals = (chosen: readonly string[]): readonly InstallStep[] =>
    chosen.flatMap((path) => planRemovedFile(input, path));
  const history: InstallStep = {
    kind: 'remove-folder',
    path: stateDirectory,
    isWhole: true,
    label: 'document and history',
  };
  const reload: InstallStep = { kind: 'tool', argv: ['systemctl', 'daemon-reload'], label: 'units' };
  return [
    ...removals(paths.filter(isConflist)),
    ...runs.map(
      (unit): InstallStep => ({
        kind: 'tool',
        argv: ['systemctl', 'stop', unit],
        undo: ['systemctl', 'start', unit],
        label: 'unit',
      }),
    ),
    { kind: 'clear', label: 'uplinks released, objects with our mark removed' },
    ...removals(paths.filter((path) => !isConflist(path))),
    ...(hasRunningSystemd ? [reload] : []),
    ...Object.entries(record.sysctls).map(
      ([path, value]): InstallStep => ({ kind: 'set', path, value, label: 'sysctl as before' }),
    ),
    { kind: 'remove-folder', path: runDirectory, isWhole: true, label: 'locks and caches' },
    ...(purge ? [history] : []),
    ...record.folders
      .toReversed()
      .map((path): InstallStep => ({ kind: 'remove-folder', path, label: 'directory, if empty' })),
  ];
}

function isConflist(path: string): boolean {
  return path.startsWith('/etc/cni/');
}

function planRemovedFile(
  { record, found, stateDirectory }: RemovalInput,
  path: string,
): readonly InstallStep[] {
  const have = found.get(path) ?? { kind: 'absent' };
  const backup = record.replaced[path];
  const restored: readonly InstallStep[] =
    backup === undefined ? [] : [{ kind: 'restore', path, backup, label: "the other program's file" }];
  if (have.kind !== 'file') return restored;
  if (have.digest === record.files[path]) return [{ kind: 'remove', path, label: 'file' }, ...restored];
  if (have.isForeign) return [{ kind: 'keep', path, label: 'installed by another program since' }];
  const copyTo = `${stateDirectory}/removed/${path.slice(1).replaceAll('/', '-')}`;
  return [{ kind: 'remove', path, copyTo, label: `edited since; a copy is ${copyTo}` }, ...restored];
}
