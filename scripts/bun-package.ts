/**
 * Bun's program for a processor, exactly as in package-lock.json: installed by `npm ci`, for this machine's
 * processor only, or from the package's tarball, which npm fetches once.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { basename, join } from 'node:path';

/** The supported processors, by their names in Node.js, and the package of each. */
const PACKAGES = { x64: '@oven/bun-linux-x64', arm64: '@oven/bun-linux-aarch64' } as const;

/** A supported processor, by its name in Node.js. */
export type Processor = keyof typeof PACKAGES;

/** All of them. */
export const PROCESSORS: readonly Processor[] = ['x64', 'arm64'];

/** A package's entry in package-lock.json. Shape: `integrity` in npm's form, `sha512-` and base64. */
type Locked = { readonly version: string; readonly integrity?: string };

const root = join(import.meta.dirname, '..');
const CACHE = join(root, 'node_modules/.cache/vnet');

/** Returns the processor of this name; undefined if it is not supported. */
export function parseProcessor(name: string): Processor | undefined {
  return PROCESSORS.find((processor) => processor === name);
}

/**
 * Returns the path of Bun's installed program for the processor; undefined if it is missing or of another
 * version.
 */
export function findBun(processor: Processor): string | undefined {
  const folder = join(root, 'node_modules', PACKAGES[processor]);
  if (!fs.existsSync(join(folder, 'bin/bun'))) return undefined;
  const { version }: Locked = JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8'));
  return version === readLock(processor).version ? join(folder, 'bin/bun') : undefined;
}

/** Ensures Bun's program for the processor, installed or unpacked into the folder; returns its path. */
export function ensureBun(processor: Processor, folder: string): string {
  const installed = findBun(processor);
  if (installed !== undefined) return installed;
  const tarball = ensureTarball(processor);
  const inside = 'package/bin/bun';
  const done = spawnSync('tar', ['-xzf', tarball, '-C', folder, inside], { encoding: 'utf8' });
  if (done.status === 0) return join(folder, inside);
  throw new Error(`tar could not unpack ${tarball}: ${done.error?.message ?? done.stderr}`);
}

/**
 * Returns the path of the package's tarball in the cache; undefined if it is missing. Law: it matches the integrity
 * in package-lock.json; it is verified every time, since it may have been replaced by hand.
 */
export function findTarball(processor: Processor, cache: string = CACHE): string | undefined {
  const locked = readLock(processor);
  const tarball = tarballPath(processor, locked, cache);
  return isLocked(tarball, locked) ? tarball : undefined;
}

/**
 * Ensures that the package's tarball is in the cache; returns its path.
 * Errors: throws if npm cannot fetch it, or it does not match package-lock.json.
 */
export function ensureTarball(processor: Processor, cache: string = CACHE): string {
  const found = findTarball(processor, cache);
  if (found !== undefined) return found;
  const locked = readLock(processor);
  const tarball = tarballPath(processor, locked, cache);
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(join(cache, '.fetch-'));
  try {
    const spec = `${PACKAGES[processor]}@${locked.version}`;
    const fetched = join(folder, basename(tarball));
    fetchByNpm(spec, { folder, tarball });
    if (!isLocked(fetched, locked)) {
      throw new Error(
        `what npm fetched as ${spec} has not the integrity that package-lock.json has: nothing was built of it; ` +
          'see where npm gets its packages from (npm config get registry)',
      );
    }
    fs.renameSync(fetched, tarball);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return tarball;
}

/** Named as by npm. */
function tarballPath(processor: Processor, { version }: Locked, cache: string): string {
  return join(cache, `${PACKAGES[processor].slice(1).replace('/', '-')}-${version}.tgz`);
}

/** By npm, so that its settings apply: registry, proxy, cache, credentials. */
function fetchByNpm(spec: string, { folder, tarball }: { folder: string; tarball: string }): void {
  const args = ['pack', spec, '--loglevel=error', '--prefer-offline', '--pack-destination', folder];
  console.log(`fetching ${spec}`);
  const done = spawnSync('npm', args, { encoding: 'utf8' });
  if (done.status === 0) return;
  const said = done.error === undefined ? npmErrors(done.stderr) : done.error.message;
  throw new Error(
    `${spec} could not be fetched: npm ${args.slice(0, 2).join(' ')} ended with ${done.status}\n` +
      `${said}\n` +
      `Run it again where npm reaches its registry, or put the package's tarball there by hand: ${tarball}`,
  );
}

/** Without its warnings, and without the path of its log. */
function npmErrors(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error'));
  return lines.filter((line) => !line.includes('A complete log')).join('\n');
}

function readLock(processor: Processor): Locked {
  const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    fs.readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const locked = lock.packages[`node_modules/${PACKAGES[processor]}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${PACKAGES[processor]}`);
  return locked;
}

function isLocked(path: string, { integrity }: Locked): boolean {
  if (integrity === undefined || !fs.existsSync(path)) return false;
  return `sha512-${createHash('sha512').update(fs.readFileSync(path)).digest('base64')}` === integrity;
}
