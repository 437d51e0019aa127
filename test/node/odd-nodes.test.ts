/** Nodes with objects of other tools, without IPv6, or with a full disk. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, contradictions, type LiveNode, makeLiveNode } from '../plugin/live-node.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));

describe.skipIf(!hasNamespaces || !isBuilt)('an odd node', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const inNode = (command: string): string => node.netns.mustExec(['sh', '-ec', command]).stdout;

  it('keeps the objects of other tools through ADD, DEL and release, with IPv6 off', async () => {
    inNode(`echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
      ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
      nft 'add table bridge others; add chain bridge others x { type filter hook forward priority 0; }'
      nft 'add table ip docker; add chain ip docker f { type filter hook output priority 0; policy accept; }'
      ip route add 172.20.0.0/16 via 10.240.0.1; ip rule add from 172.17.0.0/16 table 77
      ip route add default via 10.240.0.1 table 77`);
    const dump = (): string =>
      inNode(`ip -o link show docker0; ip -o addr show docker0; ip addr show eth0 | grep inet; ip rule
        ip route show table 77; ip route; nft list table ip docker; nft list table bridge others`);
    const before = dump();
    const pods = [node.addPod(), node.addPod()];
    for (const pod of pods) expect(await node.call({ verb: 'ADD', pod })).toMatchObject({ code: 0 });
    expect(inNode('ip route show table 77; ip route get 172.20.0.1')).toContain('dev azure0');
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
    for (const pod of pods) expect(await node.call({ verb: 'DEL', pod })).toMatchObject({ code: 0 });
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    expect(node.netns.execNow([join(BIN, 'vnet'), 'release'], { env })).toMatchObject({ code: 0 });
    expect(dump()).toBe(before);
  });

  it('loses nothing on a full disk, and goes on when there is space', async () => {
    const directory = join(node.root, 'var/lib/vnet');
    const read = (): string => readFileSync(join(directory, 'vnet.yaml'), 'utf8');
    mkdirSync(directory, { recursive: true });
    mustExec(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
    try {
      const [old, late] = [node.addPod(), node.addPod()];
      expect(await node.call({ verb: 'ADD', pod: old })).toMatchObject({ code: 0 });
      expect(execNow(['dd', 'if=/dev/zero', `of=${directory}/filler`, 'bs=1k']).stderr).toContain('No space');
      const [text, veths] = [read(), node.veths()];
      for (const [verb, pod] of [
        ['ADD', late],
        ['DEL', old],
      ] as const) {
        const { code, stdout } = await node.call({ verb, pod });
        expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: 5 })]);
      }
      expect([read(), node.veths()]).toEqual([text, veths]);
      mustExec(['rm', `${directory}/filler`]);
      expect(await node.call({ verb: 'ADD', pod: late })).toMatchObject({ code: 0 });
      expect(await node.call({ verb: 'DEL', pod: old })).toMatchObject({ code: 0 });
      expect(contradictions(node)).toEqual([]);
    } finally {
      mustExec(['umount', '-l', directory]);
    }
  });
});
