/** flannel's delegate azure-vnet on a real kernel: the configuration as flannel's plugin writes it, pods of two nodes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { addressOf, makeModeNodes, type ModeNode } from './mode-nodes.ts';

describe.skipIf(!hasLiveNodes)("flannel's delegate azure-vnet", () => {
  let made: ReturnType<typeof makeModeNodes>;
  let pods: readonly Netns[] = [];

  beforeAll(() => {
    made = makeModeNodes(({ podCidr = '' }) => ({
      cniVersion: '0.3.1',
      hairpinMode: true,
      ipMasq: true,
      ipam: {
        ranges: [[{ subnet: podCidr }]],
        routes: [{ dst: '10.244.0.0/16' }],
        type: 'host-local',
      },
      isDefaultGateway: true,
      master: undefined,
      mtu: 1450,
      name: 'cbr0',
    }));
    pods = made.nodes.map((node) => node.addPod());
  });
  afterAll(() => made.remove());

  const pod = (index: number): Netns => pods[index] ?? unmade();
  const here = (): ModeNode => made.nodes[0];

  it('connects pods across nodes, with the MTU that flannel found', async () => {
    expect([addressOf(pod(0)), addressOf(pod(1))]).toEqual(['10.244.0.2', '10.244.1.2']);
    for (const from of pods) expect(reaches(from, '10.240.0.1')).toBe(true);
    expect(await answers(pod(0), addressOf(pod(1)))).toBe(true);
    const routes = pod(0).mustExec(['ip', 'route']).stdout;
    expect(routes).toContain('default via 10.244.0.1 dev eth0');
    expect(routes).toContain('10.244.0.0/16 via 10.244.0.1 dev eth0');
    expect(pod(0).mustExec('ip link show dev eth0'.split(' ')).stdout).toContain('mtu 1450');
    expect(here().document().networks['cbr0']).toMatchObject({ mode: 'routed', bridge: { mtu: 1450 } });
  });

  it('is converged, and leaves nothing of a pod after the DEL', () => {
    expect(pendingIn(here().vnet('reconcile', '--dry-run'))).toBe('');
    expect(here().call('DEL', pod(0))).toMatchObject({ code: 0, stdout: '' });
    const left = here()
      .netns()
      .mustExec(['sh', '-c', 'ip link; ip neigh; bridge fdb; nft list ruleset']).stdout;
    expect(left).not.toContain('10.244.0.2');
    expect(left).not.toContain('azv');
    expect(pendingIn(here().vnet('reconcile', '--dry-run'))).toBe('');
  });
});

function unmade(): never {
  throw new Error('the pods were not made');
}
