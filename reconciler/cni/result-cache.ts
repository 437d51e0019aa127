/** A runtime's cache of ADD results, which are passed to CHECK and DEL. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Sys } from '../model/ports/sys.ts';
import { renderFailure } from '../model/result.ts';
import { replaceFile } from '../os/file.ts';
import type { Attachment, AttachmentKey, PluginResult } from './attachment.ts';

/** One attachment and its result. */
export type CachedResult = { readonly attachment: Attachment; readonly result: PluginResult };

/** The attachments of one network. */
export type ResultCache = {
  get(key: AttachmentKey): CachedResult | undefined;
  put(kept: CachedResult): void;
  drop(key: AttachmentKey): void;
  list(): readonly CachedResult[];
};

/** Returns an in-memory cache. */
export function createMemoryCache(): ResultCache {
  const kept = new Map<string, CachedResult>();
  return {
    get: (key) => kept.get(idOf(key)),
    put: (item) => void kept.set(idOf(item.attachment), item),
    drop: (key) => void kept.delete(idOf(key)),
    list: () => Array.from(kept.values()),
  };
}

function idOf({ containerId, ifName }: AttachmentKey): string {
  return `${containerId}/${ifName}`;
}

/** One file of the cache. Source: libcni/api.go, cachedInfo. */
type Written = {
  readonly kind: string;
  readonly containerId: string;
  readonly networkName: string;
  readonly ifName: string;
  readonly netns: string;
  readonly cniArgs?: readonly (readonly [string, string])[];
  readonly capabilityArgs?: Readonly<Record<string, unknown>>;
  readonly result: PluginResult;
};

const KIND = 'cniCacheV1';

/**
 * Returns a cache in the folder, in libcni's layout (`results/<network>-<container>-<interface>`). An
 * unreadable file counts as absent, as in libcni.
 * Errors: throws if the folder cannot be written.
 */
export function openResultCache(sys: Sys, folder: string, network: string): ResultCache {
  const results = join(folder, 'results');
  const fileOf = ({ containerId, ifName }: AttachmentKey): string =>
    join(results, `${network}-${containerId}-${ifName}`);
  return {
    get: (key) => readKept(fileOf(key), network),
    put: (item) => {
      const file = fileOf(item.attachment);
      const bytes = new TextEncoder().encode(`${JSON.stringify(written(item, network))}\n`);
      const replaced = replaceFile(sys, file, bytes);
      if (!replaced.ok) throw new Error(renderFailure(replaced.error));
    },
    drop: (key) => rmSync(fileOf(key), { force: true }),
    list: () => listNames(results).flatMap((name) => readKept(join(results, name), network) ?? []),
  };
}

function written({ attachment, result }: CachedResult, network: string): Written {
  const { containerId, ifName, netns, args, capabilities } = attachment;
  return {
    kind: KIND,
    containerId,
    networkName: network,
    ifName,
    netns,
    ...(args === undefined ? {} : { cniArgs: Object.entries(args) }),
    ...(capabilities === undefined ? {} : { capabilityArgs: capabilities }),
    result,
  };
}

function readKept(file: string, network: string): CachedResult | undefined {
  try {
    const { kind, networkName, containerId, ifName, netns, cniArgs, capabilityArgs, result }: Written =
      JSON.parse(readFileSync(file, 'utf8'));
    if (kind !== KIND || networkName !== network) return undefined;
    const attachment: Attachment = {
      containerId,
      ifName,
      netns,
      ...(cniArgs === undefined ? {} : { args: Object.fromEntries(cniArgs) }),
      ...(capabilityArgs === undefined ? {} : { capabilities: capabilityArgs }),
    };
    return { attachment, result };
  } catch {
    return undefined;
  }
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
