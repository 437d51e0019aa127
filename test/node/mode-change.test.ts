/** Changing the mode of a network in its document. */
import { afterEach, describe, expect, it } from 'vitest';
import { GATEWAY } from '../lab/fabric.ts';
import { answers, startPing } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { addressOf, makeModeNodes, type ModeNode, transparentText } from './mode-nodes.ts';

describe.skipIf(!hasLiveNodes)('the mode of a network', () => {
  let made: ReturnType<typeof makeModeNodes> | undefined;
  afterEach(() => {
    made?.remove();
    made = undefined;
  });

  function toTransparent(node: ModeNode): void {
    node.write(transparentText(node.text()).replace(/ {6}released: true\n/, ''));
  }

  /** Returns the message about the refused edit; the previous generation stays in force. */
  function refusal(node: ModeNode): string {
    node.vnet('reconcile', '--max-disruption', 'node-outage');
    const { stdout, stderr } = node.vnet('status');
    return stdout + stderr;
  }

  it('is not changed under attached pods, nor while the bridge holds the uplink', async () => {
    made = makeModeNodes({ mode: 'bridge', bridge: 'azure0' });
    const [node] = made.nodes;
    const [pod, other] = [node.addPod(), node.addPod()];
    const text = node.text();
    toTransparent(node);
    expect(refusal(node)).toContain('2 pods attached');
    expect(await answers(pod, addressOf(other))).toBe(true);
    expect(await answers(pod, GATEWAY)).toBe(true);
    node.write(text);
    expect(node.vnet('reconcile').code).toBe(0);
    for (const one of [pod, other]) expect(node.call('DEL', one).code).toBe(0);
    toTransparent(node);
    expect(refusal(node)).toContain('vnet release azure');
    expect(await answers(node.netns(), GATEWAY)).toBe(true);
  });

  it('changes to transparent and back once the uplink is released, and the node stays reachable', async () => {
    made = makeModeNodes({ mode: 'bridge', bridge: 'azure0' });
    const [node] = made.nodes;
    const first = node.addPod();
    expect(node.call('DEL', first).code).toBe(0);
    const ping = startPing(node.netns(), GATEWAY);
    await ping.answered(3);
    expect(node.vnet('release', 'azure')).toMatchObject({ code: 0 });
    await ping.answered(3);
    toTransparent(node);
    expect(node.vnet('reconcile', '--dry-run').stdout).not.toMatch(/(pod|node)-outage/);
    expect(node.vnet('reconcile')).toMatchObject({ code: 0 });
    const pod = node.addPod();
    expect(pod.mustExec(['ip', 'route']).stdout).toContain('default via 169.254.1.1');
    expect(await answers(pod, GATEWAY)).toBe(true);
    expect(node.call('DEL', pod).code).toBe(0);

    node.edit(/mode: transparent/, 'mode: bridge\n    bridge: { name: azure0 }');
    expect(node.vnet('reconcile')).toMatchObject({ code: 0 });
    const last = node.addPod();
    expect(last.mustExec(['ip', 'route']).stdout).toContain(`default via ${GATEWAY}`);
    expect(await answers(last, GATEWAY)).toBe(true);
    expect(node.netns().mustExec(['ip', 'link', 'show', 'master', 'azure0']).stdout).toContain('eth0');
    await ping.answered(3);
    await ping.stop();
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  });

  it('routed is the loss of pods, not of the node, where the bridge is deleted by hand from the document', () => {
    made = makeModeNodes({
      mode: 'routed',
      bridge: 'cbr0',
      ipam: { type: 'azure-vnet-ipam', subnet: '10.244.0.0/24', addresses: ['10.244.0.10-10.244.0.20'] },
    });
    const [node] = made.nodes;
    node.addPod();
    node.edit(/name: cbr0/, 'name: cbr1');
    const { stdout } = node.vnet('reconcile', '--dry-run');
    expect(stdout).toMatch(/link cbr0 +pod-outage/);
    expect(stdout).not.toContain('node-outage');
  });
});
