/** Limits of pods' traffic (capability bandwidth), in each mode. */
import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { DUAL_NICS } from '../lab/fabric.ts';
import { answers } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf, makeModeNodes, type ModeNode } from './mode-nodes.ts';

const FAMILIES = [4, 6] as const;
const RATE = 16_000_000;
const BURST = 800_000;
const LIMITS = { ingressRate: RATE, ingressBurst: BURST, egressRate: RATE, egressBurst: BURST };
const SENT_BYTES = 2_000_000;

const SEND =
  "const [b, h, p] = process.argv.slice(1); const s = require('node:net').connect({ host: h, port: Number(p) });" +
  "s.on('connect', () => s.end(Buffer.alloc(Number(b)))).on('error', () => process.exit(2));";
const RECEIVE =
  "require('node:net').createServer((s) => { let n = 0; s.on('data', (d) => (n += d.length)).on('end', () => { console.log(n); process.exit(0); }); })" +
  ".listen(4000, () => console.log('up'));";

/** Resolves to the duration of a transfer between the pods. Units: seconds. */
async function secondsToSend(from: Netns, to: Netns, family: 4 | 6): Promise<number> {
  const server = spawn('nsenter', [`--net=${to.path}`, '--', process.execPath, '-e', RECEIVE]);
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const start = performance.now();
  const received = new Promise((resolve) => server.stdout.once('data', (text) => resolve(Number(text))));
  const sent = from.execNow([
    process.execPath,
    '-e',
    SEND,
    String(SENT_BYTES),
    addressOf(to, family),
    '4000',
  ]);
  expect([sent.code, await received]).toEqual([0, SENT_BYTES]);
  return (performance.now() - start) / 1000;
}

/** In the long form, every mode. In the short form, one with a bridge and one without. */
const MODES = MODE_CASES.filter(({ mode }) => isLong || mode === 'bridge' || mode === 'transparent');

describe.skipIf(!hasLiveNodes).each(MODES)('the capability bandwidth in mode $mode', (given) => {
  let made: ReturnType<typeof makeModeNodes> | undefined;
  afterEach(() => {
    made?.remove();
    made = undefined;
  });

  function limitedPod(node: ModeNode): Netns {
    const pod = makeNetns(uniqueName('pod'));
    const added = node.call('ADD', pod, { runtimeConfig: { bandwidth: LIMITS } });
    if (added.code !== 0) throw new Error(added.stdout);
    return pod;
  }

  it('limits both directions, is repaired, and leaves nothing behind', async () => {
    made = makeModeNodes(modeConf(given), DUAL_NICS);
    const [node] = made.nodes;
    const other = node.addPod();
    const pod = limitedPod(node);
    try {
      await expectKept(node, pod);
      for (const family of FAMILIES) expect(await answers(pod, addressOf(other, family))).toBe(true);
      // A loaded machine only makes it slower.
      const least = ((SENT_BYTES - BURST / 8) * 8) / RATE;
      for (const family of FAMILIES) {
        expect(await secondsToSend(pod, other, family)).toBeGreaterThan(least * 0.9);
        expect(await secondsToSend(other, pod, family)).toBeGreaterThan(least * 0.9);
      }
      expect(node.call('DEL', pod).code).toBe(0);
      const left = node.netns().mustExec(['sh', '-c', 'tc qdisc show; ip link show type ifb']).stdout;
      expect(left).not.toMatch(/tbf|ingress|ifb/);
      expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
    } finally {
      pod.remove();
    }
  });
});

async function expectKept(node: ModeNode, pod: Netns): Promise<void> {
  const inNode = (command: string): string => node.netns().mustExec(['sh', '-c', command]).stdout;
  const [endpoint] = Object.values(node.document().endpoints ?? {}).filter(({ bandwidth }) => bandwidth);
  const veth = endpoint?.hostVeth ?? '';
  const ifb = /\d+: (ifb\w+):/.exec(inNode('ip -o link show type ifb'))?.[1] ?? '';
  const shown = inNode('tc qdisc show');
  for (const dev of [veth, ifb]) expect(shown).toMatch(new RegExp(`tbf 7600: dev ${dev} root .*rate 16Mbit`));
  expect(inNode(`tc filter show dev ${veth} ingress`)).toContain(`Redirect to device ${ifb}`);
  expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  expect(node.call('CHECK', pod).code).toBe(0);
  expect(node.vnet('explain', pod.name).stdout).toContain('16Mbit');
  for (const damage of [
    `tc qdisc del dev ${veth} root`,
    `tc qdisc del dev ${veth} ingress`,
    `tc qdisc change dev ${ifb} root tbf rate 1mbit burst 100k latency 1s`,
    `tc qdisc replace dev ${ifb} root handle 1: pfifo`,
    `tc filter del dev ${veth} ingress`,
    `ip link del ${ifb}`,
    `ip link set ${ifb} down`,
  ]) {
    inNode(damage);
    expect([damage, node.vnet('drift').code]).toEqual([damage, 2]);
    expect([damage, node.call('CHECK', pod).code]).toEqual([damage, 1]);
    expect([damage, node.vnet('reconcile').code]).toEqual([damage, 0]);
    expect(inNode('tc qdisc show')).toBe(shown);
    expect(inNode(`tc filter show dev ${veth} ingress`)).toContain(`Redirect to device ${ifb}`);
  }
}
