/**
 * The executables of version 0.1.0, made once from the sources in git, and kept outside the tree. Made before the tests enter their own
 * namespaces, which have no network.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execNow } from '../support/exec.ts';
import { isLong } from '../support/long.ts';

/** The last commit of version 0.1.0. */
const COMMIT = '21362fb16ce2';
/** Directory of the executables. */
const CACHE = '/var/cache/vnet-test';
const root = join(import.meta.dirname, '../..');
const LONGEST_MS = 600_000;

/** Run by sh: checkout, commit, an empty folder, and the folder of the executables. */
const MAKE = `set -e
git -C "$1" archive "$2" | tar -x -C "$3"
cd "$3"
npm ci --silent
npm run --silent build
mv dist/bin "$4"`;

/** Returns the folder of the old executables, existing or not. */
export function oldBuild(): string {
  return join(CACHE, `build-${COMMIT}`);
}

/** Returns why there are no old executables; undefined if there are. */
export function whyNoOldBuild(): string | undefined {
  if (existsSync(join(oldBuild(), 'vnet'))) return undefined;
  return isLong ? `there is no ${oldBuild()}: see the first lines` : 'npm run test:long makes them';
}

/** Ensures, if possible, that there are old executables; reports its actions. */
export function ensureOldBuild(say: (line: string) => void): void {
  if (!isLong || whyNoOldBuild() === undefined) return;
  if (execNow(['git', '-C', root, 'cat-file', '-e', `${COMMIT}^{commit}`]).code !== 0) {
    say(`the executables of version 0.1.0 are not made: the clone has no commit ${COMMIT}`);
    return;
  }
  say(`making ${oldBuild()} from commit ${COMMIT}`);
  const sources = mkdtempSync(join(tmpdir(), 'vnet-old-'));
  try {
    mkdirSync(CACHE, { recursive: true });
    const made = execNow(['sh', '-c', MAKE, 'sh', root, COMMIT, sources, oldBuild()], {
      timeoutMs: LONGEST_MS,
    });
    if (made.code !== 0) say(`the executables of version 0.1.0 are not made: ${made.stderr.trim()}`);
  } catch (error) {
    say(
      `the executables of version 0.1.0 are not made: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    rmSync(sources, { recursive: true, force: true });
  }
}
