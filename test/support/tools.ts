/** The system's own tools that tests and lab need: which are missing, and how they come. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execNow } from './exec.ts';

/** A tool and the Debian or Ubuntu package that has it. */
type Tool = { readonly command: string; readonly package: string };

const TOOLS: readonly Tool[] = [
  { command: 'ip', package: 'iproute2' },
  { command: 'bridge', package: 'iproute2' },
  { command: 'nft', package: 'nftables' },
  { command: 'ping', package: 'iputils-ping' },
  { command: 'unshare', package: 'util-linux' },
  { command: 'nsenter', package: 'util-linux' },
  { command: 'mount', package: 'mount' },
];

/** Where system tools are though a user's PATH may not say so. */
const SYSTEM_PATH = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

/** Returns PATH with the system's folders added: Debian gives users none of the sbin ones. */
export function systemPath(path: string = process.env['PATH'] ?? ''): string {
  const known = path.split(delimiter);
  return [...known, ...SYSTEM_PATH.filter((folder) => !known.includes(folder))].join(delimiter);
}

/** Returns the executable's full path, or undefined when PATH has none. */
export function findCommand(command: string, path: string = systemPath()): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the packages of the tools that are missing, each once. */
export function missingPackages(
  tools: readonly Tool[] = TOOLS,
  path: string = systemPath(),
): readonly string[] {
  const missing = tools.filter((tool) => findCommand(tool.command, path) === undefined);
  return [...new Set(missing.map((tool) => tool.package))];
}

/**
 * Ensures that the tools are there: as root installs what is missing with apt-get, otherwise names the command.
 * Errors: returns the text to show when something is still missing afterwards; undefined when all is there.
 */
export function ensureTools(say: (line: string) => void): string | undefined {
  process.env['PATH'] = systemPath();
  const packages = missingPackages();
  if (packages.length === 0) return undefined;
  const command = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) return `missing system tools; install them with:\n  sudo sh -c '${command}'`;
  if (findCommand('apt-get') === undefined)
    return `missing system tools, and no apt-get here; install these packages: ${packages.join(' ')}`;
  say(`installing ${packages.join(' ')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeoutMs: 300_000 };
  // An outdated list is no reason to stop: the install says whether it can be done.
  execNow(['apt-get', 'update', '-qq'], options);
  const installed = execNow(
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages],
    options,
  );
  const still = missingPackages();
  if (still.length === 0) return undefined;
  const last = installed.stderr.trim().split('\n').slice(-3).join('\n');
  return `could not install ${still.join(' ')} (apt-get exited with ${installed.code}):\n${last}\nrun:\n  ${command}`;
}
