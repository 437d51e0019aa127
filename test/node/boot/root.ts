/**
 * The root file system of a small Debian for a real boot: made once by debootstrap from this machine's apt
 * mirror, and kept outside the tree. Made before the tests enter their own namespaces, which have no network.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from '../../support/exec.ts';
import { isLong } from '../../support/long.ts';
import { findCommand } from '../../support/tools.ts';

/** Directory of the root file systems. */
const CACHE = '/var/cache/vnet-test';

/** Packages of a node booted by systemd; vnet itself needs ip and nft. */
const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'iputils-ping', 'nftables', 'util-linux'];

/** Installed by the runner for the long forms. */
const TOOLS = ['systemd-nspawn', 'debootstrap'];

const LONGEST_MS = 900_000;

/** Returns the path of the root file system, existing or not: its name depends on its contents. */
export function bootRoot(): string {
  return join(CACHE, `root-${codename()}-1`);
}

/** Returns why no node can be booted here; undefined if one can. */
export function whyNoBoot(): string | undefined {
  if (!isLong) return 'npm run test:long does it: it takes about a minute';
  if (process.getuid?.() !== 0) return 'systemd-nspawn needs root';
  if (/^\s*0\s+0\s+4294967295/m.exec(readFileSync('/proc/self/uid_map', 'utf8')) === null)
    return 'systemd-nspawn needs the root of the machine, not that of a user namespace';
  const missing = TOOLS.filter((command) => findCommand(command) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (!existsSync(bootRoot())) return `there is no ${bootRoot()}: npm run test:long makes it`;
  return undefined;
}

/** Ensures, if possible, that whyNoBoot() finds nothing missing; reports its actions. */
export function ensureBootRoot(say: (line: string) => void): void {
  if (!isLong || process.getuid?.() !== 0 || findCommand('debootstrap') === undefined) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const root = bootRoot();
  if (existsSync(root)) return;
  say(`making ${root} with debootstrap`);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${root}.${process.pid}`;
  const argv = [
    'debootstrap',
    '--variant=minbase',
    `--include=${PACKAGES.join(',')}`,
    codename(),
    unfinished,
  ];
  const made = execNow([...argv, mirror()], { env, timeoutMs: LONGEST_MS });
  if (made.code === 0) renameSync(unfinished, root);
  else {
    say(`debootstrap: ${made.stdout.trim().split('\n').at(-1) ?? ''} ${made.stderr.trim()}`);
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function codename(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? 'stable';
}

/** The mirror of this distribution in apt's sources; debootstrap's default if there is none. */
function mirror(): string {
  const { stdout } = execNow(['apt-get', 'indextargets', '--format', '$(CODENAME) $(REPO_URI)']);
  const lines = stdout.split('\n').map((line) => line.split(' '));
  return lines.find(([name]) => name === codename())?.[1] ?? 'http://deb.debian.org/debian';
}
