/** A machine for the commands of a page: a node's network, its own mounts and processes; what it writes ends with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderOutcome } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';

/** A command, and its result. */
export type Ran = { readonly line: string; readonly code: number; readonly output: string };

/** The commands of a machine: those of a page as written, and what a page presupposes or is followed by. */
export type MachineScript = {
  /** Run by the machine's shell before the commands, in the folder of a checkout. */
  readonly prepare: string;
  readonly lines: readonly string[];
  /** True: the network namespaces that exist have their names on the machine, too. */
  readonly keepsNetns?: boolean;
};

/** The names of the network namespaces that exist outside. */
const KEEP_NETNS = `KEPT=$(mktemp -d)
mount --rbind /run/netns $KEPT
mount -t tmpfs tmpfs /run
mkdir /run/netns
mount --move $KEPT /run/netns
rmdir $KEPT
`;

const NO_NETNS = `mount -t tmpfs tmpfs /run
mkdir /run/netns
`;

/** Writable folders over the real ones. systemd is not there: its /run is empty. */
const ownFolders = (netns: string): string => `set -e
mount --make-rprivate /
${netns}mkdir /run/lock /run/over
mount -t tmpfs tmpfs /run/over
for name in etc opt usr var root; do
  mkdir -p /run/over/upper/$name /run/over/work/$name
  mount -t overlay overlay -o lowerdir=/$name,upperdir=/run/over/upper/$name,workdir=/run/over/work/$name /$name
done
rm -rf /etc/cni/net.d/* /opt/cni/bin /var/lib/vnet
mkdir -p /etc/cni/net.d /opt/cni/bin /root/checkout
cd /root/checkout
`;

const BEGIN = '\u001e';
const END = '\u001f';
const LONGEST_MS = 500_000;

/** Resolves to the results, in order. Rejects if the machine did not come up. */
export async function runOnMachine(
  netns: Netns,
  { prepare, lines, keepsNetns = false }: MachineScript,
): Promise<readonly Ran[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-page-'));
  try {
    const runs = lines.map((line, at) => {
      const file = join(folder, `${at}.sh`);
      writeFileSync(file, `${line}\n`);
      return `printf '${BEGIN}'; sh '${file}' 2>&1 && CODE=0 || CODE=$?; printf '${END}%s' "$CODE"`;
    });
    const script = join(folder, 'machine.sh');
    writeFileSync(script, [ownFolders(keepsNetns ? KEEP_NETNS : NO_NETNS), prepare, ...runs].join('\n'));
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const done = await netns.exec([...apart, 'sh', script], {
      env: { VNET_ROOT: undefined, HOME: '/root', PATH: path, DEBIAN_FRONTEND: 'noninteractive' },
      timeoutMs: LONGEST_MS,
    });
    const found = done.stdout.split(BEGIN).slice(1);
    if (done.code !== 0 || found.length !== lines.length) throw new Error(renderOutcome(done));
    return lines.map((line, at) => {
      const [output = '', code = ''] = found[at]?.split(END) ?? [];
      return { line, code: Number(code), output };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
