/** Stores tentative.json beside the document, so that it survives a reboot. */
import { upgradeNetworks } from '../document/upgrade.ts';
import { encodeJson, readJson, readText, replaceFile } from '../os/file.ts';
import { takeLock } from '../os/lock.ts';
import { type TentativeStore, TENTATIVE_FORMAT, type Tentative } from '../loop/change/tentative.ts';
import { fail, failure, ok, type Result } from '../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../model/ports/sys.ts';
import type { NodePaths } from './paths.ts';
import { ofFormat } from '../model/objects.ts';

/** The program that messages all logged-in users. Source: wall(1) of util-linux. */
const WALL = '/usr/bin/wall';

/** Returns true for the machine's own node: a copy below another root must not notify users or start units. */
export function isMachine({ runDirectory }: NodePaths): boolean {
  return runDirectory === '/run/vnet';
}

/** Returns the store of the node's unconfirmed change; `who` is shown to waiting processes, `warn` gets announcements. */
export function createTentativeStore(
  sys: Sys,
  paths: NodePaths,
  who: string,
  warn: (text: string) => void,
): TentativeStore {
  const path = tentativePath(paths);
  return {
    read: () => readTentative(sys, paths),
    write: (tentative) => replaceFile(sys, path, encodeJson(tentative, 1)),
    clear: () => clear(sys, path),
    lock: (timeoutMs) =>
      takeLock(sys, { path: `${paths.runDirectory}/apply.lock`, mode: 'exclusive', who, timeoutMs }),
    uptimeMs: () => uptimeMs(sys),
    announce: (text) => {
      warn(text);
      if (isMachine(paths) && typeof sys.stat(WALL) !== 'number') sys.spawn([WALL, text], []);
    },
  };
}

/**
 * Returns the node's unconfirmed change; undefined if there is none.
 * Errors: the file cannot be read or parsed.
 */
export function readTentative(sys: Sys, paths: NodePaths): Result<Tentative | undefined> {
  const path = tentativePath(paths);
  const hint =
    'Use that version to confirm or revert; or restore the text in back.text by hand and remove the file.';
  const message = 'it was written by another version of vnet or changed by hand';
  const read = readJson(sys, path, isTentative, failure('unsupported', `read ${path}`, message, { hint }));
  return read.ok ? ok(read.value && upgraded(read.value)) : read;
}

function tentativePath({ stateDirectory }: NodePaths): string {
  return `${stateDirectory}/tentative.json`;
}

/** An older build wrote the networks in its version of the document's format. */
function upgraded(tentative: Tentative): Tentative {
  const { back, made } = tentative;
  const before = { ...back, networks: upgradeNetworks(back.networks) };
  return { ...tentative, back: before, made: upgradeNetworks(made) };
}

const isTentative = ofFormat<Tentative>(TENTATIVE_FORMAT);

function clear(sys: Sys, path: string): Result<void> {
  const gone = sys.unlink(path);
  if (gone === -ERRNO.ENOENT) return ok(undefined);
  const directory = path.slice(0, path.lastIndexOf('/')) || '/';
  const fd = gone < 0 ? gone : sys.open(directory, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  const synced = fd < 0 ? fd : sys.fsync(fd);
  if (fd >= 0) sys.close(fd);
  if (synced >= 0) return ok(undefined);
  const hint = `Remove ${path} by hand; otherwise the change is rolled back later.`;
  return fail('io', `remove ${path}`, `errno ${-synced}`, { hint });
}

/** Includes suspend, and is the same for all processes. Source: proc_uptime(5). */
function uptimeMs(sys: Sys): number {
  return Math.round(Number.parseFloat(readText(sys, '/proc/uptime') ?? '') * 1000) || 0;
}
