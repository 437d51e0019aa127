/** The system tools that tests and lab need: which are missing, and how to install them. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execNow, type Outcome } from './exec.ts';
import { isExecutable } from './spawn.ts';

/** A tool and its Debian or Ubuntu package. Shape: `needs` is a command, or a file's full path. */
export type Tool = { readonly needs: string; readonly package: string };

const TOOLS: readonly Tool[] = [
  { needs: 'ip', package: 'iproute2' },
  { needs: 'bridge', package: 'iproute2' },
  { needs: 'nft', package: 'nftables' },
  { needs: 'ping', package: 'iputils-ping' },
  { needs: 'unshare', package: 'util-linux' },
  { needs: 'nsenter', package: 'util-linux' },
  { needs: 'mount', package: 'mount' },
];

/** Directories of system tools that a user's PATH may lack. */
const SYSTEM_PATH = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

/** Returns PATH with the system's directories added: Debian omits the sbin ones for users. */
export function systemPath(path: string = process.env['PATH'] ?? ''): string {
  const known = path.split(delimiter);
  return [...known, ...SYSTEM_PATH.filter((folder) => !known.includes(folder))].join(delimiter);
}

/** Returns the executable's full path; undefined if PATH has none. */
export function findCommand(command: string, path: string = systemPath()): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutable);
}

/** Returns the packages of the missing tools, each once. */
export function missingPackages(
  tools: readonly Tool[] = TOOLS,
  path: string = systemPath(),
): readonly string[] {
  const missing = tools.filter(({ needs }) =>
    needs.startsWith('/') ? !existsSync(needs) : findCommand(needs, path) === undefined,
  );
  return [...new Set(missing.map((tool) => tool.package))];
}

/**
 * Ensures that the tools are installed: as root installs missing ones with apt-get, otherwise prints the
 * command. `wanted` are tools for some tests: those still missing are named on one line.
 * Errors: returns the text to show if a generally needed tool is still missing; undefined otherwise.
 */
export function ensureTools(say: (line: string) => void, wanted: readonly Tool[] = []): string | undefined {
  process.env['PATH'] = systemPath();
  const absent = missingPackages([...TOOLS, ...wanted]);
  const why = absent.length === 0 ? '' : installPackages(absent, say);
  const [needed, left] = [missingPackages(), missingPackages(wanted)];
  if (left.length > 0) say(`tests that need these packages are skipped: ${left.join(' ')} (${why})`);
  if (needed.length === 0) return undefined;
  return `missing system tools: ${needed.join(' ')} (${why}); install them with:
  sudo sh -c 'apt-get update && apt-get install -y ${needed.join(' ')}'`;
}

/** Units: milliseconds, and seconds for apt-get; an unreachable mirror is given up soon. */
const INSTALL_MS = 900_000;
/** A fresh machine often runs unattended-upgrades in its first minutes: wait for the locks of other apt processes. */
const LOCK_S = 300;
const SETTINGS = [
  'Acquire::Retries=1',
  'Acquire::http::Timeout=15',
  'Acquire::https::Timeout=15',
  `DPkg::Lock::Timeout=${LOCK_S}`,
];

/** Returns why packages may still be missing afterwards. */
function installPackages(packages: readonly string[], say: (line: string) => void): string {
  if (process.getuid?.() !== 0) return 'only root can install them';
  if (findCommand('apt-get') === undefined) return 'there is no apt-get here';
  say(`installing with apt-get: ${packages.join(' ')}`);
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: INSTALL_MS };
  const apt = (...args: readonly string[]): Outcome =>
    execNow(['apt-get', '-qq', ...SETTINGS.flatMap((setting) => ['-o', setting]), ...args], options);
  const install = (...args: readonly string[]): Outcome =>
    apt('install', '-y', '--no-install-recommends', ...args);
  updateLists(apt);
  const installed = install(...packages);
  if (installed.code === 0) return 'apt-get installed the packages, but not the missing commands';
  // A package that this distribution lacks must not prevent the others.
  const known = packages.filter((name) => install('--simulate', name).code === 0);
  const isWorthIt = known.length > 0 && known.length < packages.length;
  const again = isWorthIt ? install(...known) : installed;
  const { stderr } = again.code === 0 ? installed : again;
  return `apt-get: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

/** apt-get does not wait for the lock of the lists. An outdated list is no reason to stop: the installation will show. */
function updateLists(apt: (...args: readonly string[]) => Outcome): void {
  for (let waitedS = 0; waitedS < LOCK_S; waitedS += 1) {
    const { code, stderr } = apt('update');
    if (code === 0 || !stderr.includes('lock')) return;
    execNow(['sleep', '1']);
  }
}
