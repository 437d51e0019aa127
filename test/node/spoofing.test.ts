import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

const BIN = process.env['VNET_BIN'] ?? join(import.meta.dirname, '../../dist/bin');
const isBuilt = existsSync(join(BIN, 'vnet'));

const CONF = {
  cniVersion: '1.0.0',
  name: 'azure',
  type: 'azure-vnet',
  mode: 'bridge',
  bridge: 'azure0',
  ipam: {
    type: 'azure-vnet-ipam',
    environment: 'static',
    subnet: '10.240.0.0/16',
    addresses: ['10.240.0.36-10.240.0.65'],
  },
};

describe.skipIf(!hasNamespaces || !isBuilt)('anti-spoofing', () => {
  let node: Netns;
  let liar: Netns;
  let victim: Netns;
  let root: string;

  const add = (id: string, pod: Netns): void => {
    const added: Outcome = node.execNow([join(BIN, 'azure-vnet')], {
      input: JSON.stringify(CONF),
      env: {
        VNET_ROOT: root,
        CNI_COMMAND: 'ADD',
        CNI_CONTAINERID: id,
        CNI_NETNS: pod.path,
        CNI_IFNAME: 'eth0',
        CNI_PATH: BIN,
        CNI_ARGS: 'IgnoreUnknown=1',
      },
    });
    expect([added.code, added.stderr]).toEqual([0, '']);
  };
  const vnet = (...args: readonly string[]): Outcome =>
    node.execNow([join(BIN, 'vnet'), ...args], { env: { VNET_ROOT: root } });
  const pings = (from: Netns, ...args: readonly string[]): boolean =>
    from.execNow(['ping', '-c1', '-W1', ...args]).code === 0;

  beforeEach(() => {
    [node, liar, victim] = [
      makeNetns(uniqueName('node')),
      makeNetns(uniqueName('liar')),
      makeNetns(uniqueName('victim')),
    ];
    root = mkdtempSync(join(tmpdir(), 'vnet-spoof-'));
    node.mustExec('ip link add eth0 address 00:0d:3a:51:c4:90 type veth peer name fab'.split(' '));
    node.mustExec('ip link set fab up'.split(' '));
    node.mustExec('ip link set eth0 up'.split(' '));
    node.mustExec('ip addr add 10.240.0.35/16 dev eth0'.split(' '));
    add('liar', liar);
    add('victim', victim);
  });
  afterEach(() => {
    for (const netns of [node, liar, victim]) netns.remove();
    rmSync(root, { recursive: true });
  });

  it('lets a pod send from its own address, and from no other, until the document switches it off', () => {
    expect(pings(liar, '10.240.0.37')).toBe(true);
    liar.mustExec('ip addr add 10.240.0.99/32 dev eth0'.split(' '));
    victim.mustExec('ip neigh add 10.240.0.99 lladdr 02:00:00:00:00:99 nud permanent dev eth0'.split(' '));
    const echoes = (): number => {
      const lines = victim.mustExec(['cat', '/proc/net/snmp']).stdout.split('\n');
      const [names = [], values = []] = lines
        .filter((line) => line.startsWith('Icmp:'))
        .map((line) => line.split(' '));
      return Number(values[names.indexOf('InEchos')]);
    };
    pings(liar, '-I', '10.240.0.99', '10.240.0.37');
    const before = echoes();
    expect(before).toBeGreaterThan(0);
    pings(liar, '-I', '10.240.0.99', '10.240.0.37');
    expect(echoes()).toBe(before);

    const path = join(root, 'var/lib/vnet/vnet.yaml');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('name: azure0\n', 'name: azure0\n      antiSpoofing: false\n'),
    );
    expect(vnet('reconcile').code).toBe(0);
    pings(liar, '-I', '10.240.0.99', '10.240.0.37');
    expect(echoes()).toBeGreaterThan(before);
    expect(pings(liar, '10.240.0.37')).toBe(true);
  });

  it('drops ARP in which a pod claims the address of another', () => {
    expect(pings(node, '10.240.0.37')).toBe(true);
    liar.mustExec('ip addr add 10.240.0.1/32 dev eth0'.split(' '));
    liar.execNow('arping -c 2 -w 2 -U -I eth0 10.240.0.1'.split(' '));
    liar.execNow('arping -c 2 -w 2 -A -I eth0 10.240.0.1'.split(' '));
    expect(victim.mustExec('ip neigh show 10.240.0.1'.split(' ')).stdout).not.toMatch(/0a:/);
    expect(node.mustExec('ip neigh show 10.240.0.1'.split(' ')).stdout).not.toMatch(/0a:/);
  });
});
