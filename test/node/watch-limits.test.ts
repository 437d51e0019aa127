/** vnet watch on a node with a pod whose traffic is limited: each object is repaired when the kernel announces its change. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

const RATE = 100_000_000;
const bandwidth = { ingressRate: RATE, ingressBurst: RATE, egressRate: RATE, egressBurst: RATE };

describe.skipIf(!hasLiveNodes)('vnet watch', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  beforeEach(async () => {
    node = makeLiveNode();
    const pod = node.addPod();
    await node.call({ verb: 'ADD', pod, conf: { ...LIVE_CONF, runtimeConfig: { bandwidth } } });
    watch = await startWatch(node);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const veth = (): string => node.veths()[0] ?? '';
  const ifb = (): string => veth().replace('azv', 'ifb');

  it.each<[string, () => string, () => string]>([
    ['a limit that is deleted', () => `tc qdisc del dev ${veth()} root`, () => `qdisc root dev ${veth()}`],
    [
      'a limit of another rate',
      () => `tc qdisc change dev ${ifb()} root handle 7600: tbf rate 1mbit burst 100k latency 1s`,
      () => `qdisc root dev ${ifb()}`,
    ],
    [
      'another qdisc in its place',
      () => `tc qdisc replace dev ${ifb()} root handle 1: pfifo`,
      () => `qdisc root dev ${ifb()}`,
    ],
    ['a redirection', () => `tc filter del dev ${veth()} ingress`, () => `filter ingress dev ${veth()}`],
    ['its qdisc', () => `tc qdisc del dev ${veth()} ingress`, () => `filter ingress dev ${veth()}`],
    ['its target', () => `ip link del ${ifb()}`, () => `filter ingress dev ${veth()}`],
  ])('repairs %s', async (_what, command, key) => {
    const wanted = key();
    node.netns.mustExec(command().split(' '));
    await watch.until(`waited for the repair of ${wanted}`, () =>
      watch.events.some((event) => event.type === 'Repaired' && event.key === wanted),
    );
    expect(pendingIn(node.reconcile('--dry-run', '--full'))).toBe('');
  });
});
