/**
 * Nodes with what real ones have, in every mode: strict reverse path filters, a second NIC, jumbo frames, and the rule sets of firewalld,
 * ufw and Docker.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, portOf } from '../lab/fabric.ts';
import { reaches } from '../lab/ping.ts';
import { BIN } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import { python } from '../support/python.ts';
import { MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf, makeModeNodes, type ModeNode } from './mode-nodes.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));
const FAMILIES = [4, 6] as const;
const JUMBO = 9000;
const NODE_PORT = 8088;

/** Before the first ADD: strict filters on all interfaces, another NIC with a network of its own, a larger MTU. */
const PREPARED = `
  for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $f; done
  ip link add eth1 type veth peer name other1
  ip link set eth1 up; ip link set other1 up
  ip addr add 10.99.0.4/24 dev eth1
  ip route add 10.98.0.0/16 via 10.99.0.1 dev eth1
  ip link set eth0 mtu ${JUMBO}
`;

/** Rule sets that reject what they do not know, as these programs write them. */
const FIREWALLS: Readonly<Record<string, { readonly load: string; readonly unload: string }>> = {
  firewalld: {
    // Version 1.3.3 of Debian 12, zone public, as `nft list ruleset` shows it.
    load: `nft -f ${join(import.meta.dirname, 'captured/firewalld-1.3.3.nft')}`,
    unload: 'nft delete table inet firewalld',
  },
  ufw: {
    load: `for t in iptables ip6tables; do
  $t -N ufw-before-forward; $t -A FORWARD -j ufw-before-forward
  $t -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  $t -P FORWARD DROP
done`,
    unload: 'for t in iptables ip6tables; do $t -P FORWARD ACCEPT; $t -F; $t -X; done',
  },
  docker: {
    load: `iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -A DOCKER-USER -j RETURN
iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -P FORWARD DROP; ip6tables -P FORWARD DROP`,
    unload: 'for t in iptables ip6tables; do $t -P FORWARD ACCEPT; $t -F; $t -X; done',
  },
};

/**
 * The rules of firewalld 1.3.3 after the commands of the remedy, with azv+ and cbr0 among the interfaces of zone trusted. Without its
 * filter of reverse paths, where the remedy disables that.
 */
function firewalldAfter(remedy: string): string {
  const text = readFileSync(join(import.meta.dirname, 'captured/firewalld-1.3.3-trusted.nft'), 'utf8');
  return remedy.includes('IPv6_rpfilter=no') ? text.replace(/^.* oif missing drop\n/m, '') : text;
}

/** Answers on a port of the node, as kubelet and pods with hostNetwork do. */
const LISTEN = `import socket
server = socket.create_server(('::', ${NODE_PORT}), family=socket.AF_INET6, dualstack_ipv6=True)
while True: server.accept()[0].close()`;
const CONNECT = `import socket, sys
socket.create_connection((sys.argv[1], ${NODE_PORT}), timeout=5)`;

/** In the long form, every mode. */
const MODES = MODE_CASES.filter(({ mode }) => isLong || mode === 'bridge' || mode === 'transparent');

describe.skipIf(!hasNamespaces || !isBuilt).each(MODES)('mode $mode on a real node', (given) => {
  let made: ReturnType<typeof makeModeNodes>;
  let [one, two, far]: readonly Netns[] = [];
  const pod = (some: Netns | undefined): Netns => some ?? unmade();
  const here = (): ModeNode => made.nodes[0];
  const run = (command: string): string => here().netns().mustExec(['sh', '-ec', command]).stdout;
  const dryRun = (): string => pendingIn(here().vnet('reconcile', '--dry-run'));
  const paths = (): readonly (readonly [Netns, string])[] =>
    FAMILIES.flatMap((family) => [
      [pod(one), addressOf(pod(two), family)] as const,
      [pod(one), addressOf(pod(far), family)] as const,
      [pod(far), addressOf(pod(two), family)] as const,
      [here().netns(), addressOf(pod(one), family)] as const,
    ]);
  /** Three answers in three seconds on each path. */
  const reached = async (): Promise<readonly boolean[]> =>
    Promise.all(
      paths().map(async ([from, to]) => {
        const ping = ['ping', '-n', '-q', '-c', '3', '-i', '0.05', '-w', '3', to];
        return (await from.exec(ping)).code === 0;
      }),
    );

  beforeAll(() => {
    made = makeModeNodes(modeConf(given), DUAL_NICS);
    for (const node of made.nodes) {
      node.netns().mustExec(['sh', '-ec', PREPARED]);
      made.fabric.netns.mustExec(['ip', 'link', 'set', portOf(node.nic), 'mtu', String(JUMBO)]);
    }
    [one, two, far] = [here().addPod(), here().addPod(), made.nodes[1].addPod()];
    for (const [from, to] of paths()) reaches(from, to);
  });
  afterAll(() => made.remove());

  it('carries packets with strict reverse path filters and a second NIC, which keeps its routes', async () => {
    expect(await reached()).toEqual(paths().map(() => true));
    expect(made.fabric.foreignFrames(here().nic)).toBe(0);
    expect(run('ip route show dev eth1')).toContain('10.98.0.0/16 via 10.99.0.1');
    // A veth that is made later gets the filter of "default", and so does the bridge.
    const fresh = here().addPod();
    for (const family of FAMILIES) expect(reaches(pod(far), addressOf(fresh, family))).toBe(true);
    expect(here().call('DEL', fresh).code).toBe(0);
    expect(dryRun()).toBe('');
  });

  it('gives pods the MTU of the uplink, and carries jumbo frames whole on the node and across nodes', () => {
    expect(pod(one).mustExec('ip link show dev eth0'.split(' ')).stdout).toContain(`mtu ${JUMBO} `);
    for (const family of FAMILIES)
      for (const to of [pod(two), pod(far)]) {
        const size = JUMBO - (family === 4 ? 28 : 48);
        const ping = `ping -n -q -c 2 -i 0.05 -w 5 -M do -s ${size} ${addressOf(to, family)}`;
        expect([ping, pod(one).execNow(ping.split(' ')).code]).toEqual([ping, 0]);
      }
  });

  /** A pod connects to a port of its node. */
  const reachesNode = (): readonly boolean[] =>
    [here().nic.primary, here().nic.ipv6?.primary ?? ''].map(
      (address) => pod(one).execNow(python(CONNECT, address)).code === 0,
    );

  // In mode bridge, firewalld cuts off only what pods send to their node, on the bridge that has the node's own addresses.
  if (!given.takesUplink)
    it('is reached again after the commands for firewalld', async () => {
      const { load = '', unload = '' } = FIREWALLS['firewalld'] ?? {};
      run(load);
      try {
        expect(await reached()).toContain(false);
        const found: readonly { id: string; remedy?: string }[] = JSON.parse(
          here().vnet('doctor', '-o', 'json').stdout,
        );
        const { remedy = '' } = found.find(({ id }) => id === 'foreign-rules') ?? {};
        const link = given.bridge ?? 'azv+';
        expect(remedy).toContain(`firewall-cmd --permanent --zone=trusted --add-interface=${link} && `);
        expect(remedy).toContain('firewall-cmd --permanent --new-policy=vnet-pods && ');
        run(unload);
        here()
          .netns()
          .mustExec(['nft', '-f', '-'], { input: firewalldAfter(remedy) });
        expect(await reached()).toEqual(paths().map(() => true));
      } finally {
        here().netns().execNow(['sh', '-c', unload]);
      }
    });

  it.each(Object.keys(FIREWALLS))(
    'is cut off by %s only where vnet doctor says so, whose remedy works',
    async (name) => {
      const server = spawn('nsenter', [`--net=${here().netns().path}`, '--', ...python(LISTEN)]);
      try {
        while (reachesNode().includes(false)) await pause(20);
        const { load = '', unload = '' } = FIREWALLS[name] ?? {};
        run(load);
        const isCut = (await reached()).includes(false);
        const isNodeCut = reachesNode().includes(false);
        const found: readonly { id: string; level: string; remedy?: string }[] = JSON.parse(
          here().vnet('doctor', '-o', 'json').stdout,
        );
        const { level, remedy = '' } = found.find(({ id }) => id === 'foreign-rules') ?? {};
        expect([name, level]).toEqual([name, isCut ? 'problem' : isNodeCut ? 'warning' : 'ok']);
        for (const [, commands = ''] of remedy.matchAll(/to accept the packets: (.*?)(?:; |$)/g))
          run(commands);
        expect([name, await reached(), reachesNode()]).toEqual([name, paths().map(() => true), [true, true]]);
        run(unload);
        expect(dryRun()).toBe('');
      } finally {
        here()
          .netns()
          .execNow(['sh', '-c', FIREWALLS[name]?.unload ?? '']);
        server.kill('SIGKILL');
      }
    },
  );
});

function unmade(): never {
  throw new Error('the pods were not made');
}
