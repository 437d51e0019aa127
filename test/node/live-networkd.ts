/**
 * The real systemd-networkd on a live node: in the node's network namespace, with /etc/systemd of the node's
 * root and its own /run. Without a message bus and without udev, whose database is simulated.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LiveNode } from '../plugin/live-node.ts';
import { isExecutable } from '../support/spawn.ts';

const PROGRAM = ['/usr/lib/systemd/systemd-networkd', '/lib/systemd/systemd-networkd'].find(isExecutable);

/** Why it cannot be run here; undefined if it can. */
export const networkdIsMissing: string | undefined =
  PROGRAM === undefined
    ? 'systemd-networkd is not installed'
    : hasUser()
      ? undefined
      : 'there is no user systemd-network';

function hasUser(): boolean {
  try {
    execFileSync('id', ['systemd-network'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** systemd-networkd of a node. */
export type Networkd = {
  /** Resolves when it has processed all links, according to its log. */
  readonly start: () => Promise<number>;
  /** Resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Writes a file below /etc/systemd of the node. */
  readonly write: (path: string, text: string) => void;
  /** Its log since the last start. */
  readonly log: () => string;
};

/**
 * Its environment: a /run and a /sys of the namespace, and udev's record that each link is ready, without
 * which it manages a link before knowing its addresses. The distribution's own .network files are hidden.
 */
const SURROUNDINGS = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys && mount --bind "$0" /etc/systemd
for folder in /usr/lib/systemd/network /lib/systemd/network; do mount -t tmpfs tmpfs "$folder"; done 2>/dev/null
mkdir -p /run/udev/data /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network: /run/systemd/netif
touch /run/udev/control
for link in /sys/class/net/*; do
  printf 'I:1\\nG:systemd\\nQ:systemd\\nV:1\\n' >"/run/udev/data/n$(cat "$link/ifindex")"
done
exec "$1"
`;

const LONGEST_MS = 300_000;
const QUIET_MS = 400;

/** Returns systemd-networkd of the node, not started. */
export function networkdOf(node: LiveNode): Networkd {
  const folder = join(node.root, 'etc/systemd');
  mkdirSync(join(folder, 'network'), { recursive: true });
  // Tells vnet doctor that it runs.
  mkdirSync(join(node.root, 'run/systemd/netif'), { recursive: true });
  const logPath = join(node.root, 'networkd.log');
  let child: ChildProcess | undefined;
  const log = (): string => (existsSync(logPath) ? readFileSync(logPath, 'utf8') : '');
  return {
    log,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    start: async () => {
      const script = `exec >"${logPath}" 2>&1; ${SURROUNDINGS}`;
      const argv = [
        `--net=${node.netns.path}`,
        '--',
        'unshare',
        '-m',
        'sh',
        '-c',
        script,
        folder,
        PROGRAM ?? '',
      ];
      const env = { ...process.env, SYSTEMD_LOG_LEVEL: 'debug', SYSTEMD_LOG_TARGET: 'console' };
      const started = spawn('nsenter', argv, { env, stdio: 'ignore' });
      child = started;
      await settled(log);
      return started.pid ?? 0;
    },
    stop: async () => {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      await new Promise((resolve) => {
        ending.on('close', resolve);
        ending.kill('SIGTERM');
      });
    },
  };
}

/** It has found all links and was silent for a while: without a message bus, it does not report its end. */
async function settled(log: () => string): Promise<void> {
  const deadline = Date.now() + LONGEST_MS;
  let said = '';
  let quietSince = Date.now();
  while (!said.includes('Enumeration completed') || Date.now() - quietSince < QUIET_MS) {
    if (Date.now() > deadline) throw new Error(`systemd-networkd does not come to rest\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = log();
    if (now !== said) quietSince = Date.now();
    said = now;
  }
}
