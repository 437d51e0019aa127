/** Remedies for contention: configuration for known programs, else instructions to find the author. Pure. */
import type { Attribution, Process } from './attribution.ts';

/** A file that ends the contention, and the command that puts it in force. */
export type Remedy = { readonly path: string; readonly text: string; readonly command: string };

/** Our interfaces. Shape: `bridges` by name; veths are recognised by their prefix. */
export type OwnInterfaces = { readonly bridges: readonly string[] };

/** The kernel truncates process names. Source: TASK_COMM_LEN is 16. */
const NETWORKD = ['systemd-networkd', 'systemd-network'];
const NETWORK_MANAGER = ['NetworkManager', 'nm-dispatcher'];

/** Programs run by others: stopping them does not help. */
const TOOLS = ['ip', 'bridge', 'nft', 'tc', 'ifconfig', 'route', 'arp', 'brctl', 'sysctl'];

/** Returns true for a program whose parent should be named instead. */
export function isTool(name: string): boolean {
  return TOOLS.includes(name);
}

/** Returns the files that keep the program away from our objects; none for an unknown program. */
function remediesFor(name: string | undefined, { bridges }: OwnInterfaces): readonly Remedy[] {
  if (name !== undefined && NETWORKD.includes(name)) return networkd(bridges);
  if (name !== undefined && NETWORK_MANAGER.includes(name)) return [networkManager(bridges)];
  return [];
}

function networkd(bridges: readonly string[]): readonly Remedy[] {
  const command = 'networkctl reload && systemctl restart systemd-networkd';
  return [
    {
      path: '/etc/systemd/networkd.conf.d/10-vnet.conf',
      text: '[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n',
      command,
    },
    {
      path: '/etc/systemd/network/05-vnet.network',
      text: `[Match]\nName=${[...bridges, 'azv*'].join(' ')}\n\n[Link]\nUnmanaged=yes\n`,
      command,
    },
  ];
}

function networkManager(bridges: readonly string[]): Remedy {
  const devices = [...bridges, 'azv*'].map((name) => `interface-name:${name}`).join(';');
  return {
    path: '/etc/NetworkManager/conf.d/10-vnet.conf',
    text: `[keyfile]\nunmanaged-devices=${devices}\n`,
    command: 'nmcli general reload',
  };
}

/** Returns the remedy as text: the files with their contents, or how to find the author. */
export function renderRemedy({ process: found }: Attribution, ours: OwnInterfaces): string {
  const culprit = responsibleProcess(found);
  const remedies = remediesFor(culprit?.name, ours);
  if (remedies.length > 0) {
    const files = remedies.map(({ path, text }) => `write ${path}:\n${indent(text)}`);
    const command = remedies[0]?.command ?? '';
    return [...files, `then run: ${command}`, 'vnet doctor --fix writes these and related settings'].join(
      '\n',
    );
  }
  if (culprit === undefined) {
    return `vnet doctor reports network managers that do this; or trace the program: ${TRACE}`;
  }
  const { pid, name } = culprit;
  return `stop or configure ${name}; identify it with: systemctl status ${pid}; tr '\\0' ' ' </proc/${pid}/cmdline`;
}

/** For a tool, its parent is responsible. */
function responsibleProcess(found: Process | undefined): Process | undefined {
  return found !== undefined && isTool(found.name) ? found.parent : found;
}

/** Prints every process that sends an rtnetlink request, with its parent. */
const TRACE = `bpftrace -e 'kprobe:rtnetlink_rcv_msg { printf("%d %s (parent %d)\\n", pid, comm, curtask->real_parent->tgid); }'`;

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
