/** Changing the mode of a network under its pods, on a real kernel. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches, startPing } from '../lab/ping.ts';
import { BIN, hasLiveNodes } from '../plugin/live-node.ts';
import { type Outcome, pendingIn } from '../support/exec.ts';
import { longOr } from '../support/long.ts';
import type { Netns } from '../support/netns.ts';
import { addressOf, expectNoTrace, makeModeNodes, type ModeNode, transparentText } from './mode-nodes.ts';

const conf = ({ secondaries, ipv6 }: Nic): object => ({
  mode: 'bridge',
  bridge: 'azure0',
  ipam: {
    type: 'azure-vnet-ipam',
    subnet: '10.240.0.0/16',
    addresses: secondaries,
    ipv6: { subnet: 'fd00:240::/64', gateway: GATEWAY6, addresses: ipv6?.secondaries ?? [] },
  },
});

const GENERATION = /generation: \d+/;

/** Moments of a kill after the document has the other mode. */
const DELAYS_MS = [0, 40, 15, 5, 10, 20, 30, 50, 60, 80, 100, 150, 200, 300];

/** The losses of a stream with an echo request every 10 ms: none is usual, and a window of a pod would be longer. */
const MAX_LOST = 50;

/** The pod learns the node's addresses, as by ARP and neighbour discovery of the node in mode transparent. */
function learnNode({ nic }: ModeNode, pod: Netns): void {
  for (const address of [nic.primary, nic.ipv6?.primary ?? '']) {
    const command = `ip neigh replace ${address} lladdr aa:aa:aa:aa:aa:aa nud reachable dev eth0`;
    pod.mustExec(command.split(' '));
  }
}

type Stream = readonly [from: Netns, to: string];

/** The objects that only this mode has in the namespace of a pod. */
const TRACES = {
  transparent: /169\.254\.1\.1|aa:aa:aa:aa:aa:aa|inet 10\S+\/32/,
  bridge: /10\.240\.0\.1 dev|12:34:56:78:9a:bc PERM|inet 10\S+\/16/,
} as const;

describe.skipIf(!hasLiveNodes)('the mode of a network with pods', () => {
  let made: ReturnType<typeof makeModeNodes> | undefined;
  afterEach(() => {
    made?.remove();
    made = undefined;
  });

  /** Returns a node with two pods, and streams between them, the node, another node and the gateway, which all pass. */
  function makeStreams(): {
    readonly node: ModeNode;
    readonly pods: readonly Netns[];
    readonly streams: readonly Stream[];
  } {
    made = makeModeNodes(conf, DUAL_NICS);
    const [node, other] = made.nodes;
    const [one, two, far] = [node.addPod(), node.addPod(), other.addPod()];
    const streams: readonly Stream[] = [
      [one, addressOf(two)],
      [one, addressOf(two, 6)],
      [one, addressOf(far)],
      [far, addressOf(two)],
      [far, addressOf(two, 6)],
      [one, GATEWAY],
      [node.netns(), addressOf(one)],
      [node.netns(), addressOf(one, 6)],
      [node.netns(), GATEWAY],
    ];
    for (const [from, to] of streams)
      expect([from.name, to, reaches(from, to)]).toEqual([from.name, to, true]);
    return { node, pods: [one, two], streams };
  }

  /** Returns the file with the text as an edit of the present generation. */
  function fileOf(node: ModeNode, text: string): string {
    const file = join(node.root, 'next.yaml');
    writeFileSync(file, text.replace(GENERATION, GENERATION.exec(node.text())?.[0] ?? ''));
    return file;
  }

  const apply = (node: ModeNode, text: string, ...more: readonly string[]): Outcome =>
    node.vnet('apply', '-f', fileOf(node, text), '--yes', ...more);

  const insideOf = (pod: Netns): string =>
    pod.mustExec(['sh', '-c', 'ip addr; ip route; ip neigh show nud permanent; ip -6 route']).stdout;

  async function expectAll(streams: readonly Stream[]): Promise<void> {
    for (const [from, to] of streams)
      expect([from.name, to, await answers(from, to)]).toEqual([from.name, to, true]);
  }

  it('shows the disruption of each pod beforehand, and changes only if it may', async () => {
    const { node, pods, streams } = makeStreams();
    const refused = apply(node, transparentText(node.text()));
    expect(refused.code).toBe(5);
    for (const pod of pods)
      expect(refused.stdout).toMatch(new RegExp(`flow-reset .* default/${pod.name}\\n`));
    expect(refused.stderr).toContain('--max-disruption flow-reset');
    expect(node.text()).toContain('mode: bridge');
    await expectAll(streams);
  });

  it('changes to transparent and back: pods keep address and interface, and lose next to nothing', async () => {
    const { node, pods, streams } = makeStreams();
    const text = node.text();
    const addresses = pods.map((pod) => [addressOf(pod), addressOf(pod, 6)]);
    for (const [next, mode, former] of [
      [transparentText(text), 'transparent', 'bridge'],
      [text, 'bridge', 'transparent'],
    ] as const) {
      const pings = streams.map(([from, to]) => startPing(from, to));
      for (const ping of pings) await ping.answered(3);
      // Just before: a younger entry ignores the broadcasts of the node that would correct it.
      if (former === 'transparent') for (const pod of pods) learnNode(node, pod);
      expect(apply(node, next, '--max-disruption', 'flow-reset')).toMatchObject({ code: 0 });
      for (const ping of pings) await ping.answered(3);
      const counts = await Promise.all(pings.map((ping) => ping.stop()));
      const lost = counts.map(({ lost: numbers, sent }) => `${numbers.length} of ${sent}`);
      console.log(`to mode ${mode}: lost ${lost.join(', ')}`);
      expect(counts.filter(({ lost: numbers }) => numbers.length > MAX_LOST)).toEqual([]);
      expect(node.text()).toContain(`mode: ${mode}`);
      expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
      expect(pods.map((pod) => [addressOf(pod), addressOf(pod, 6)])).toEqual(addresses);
      for (const pod of pods) {
        expect(insideOf(pod)).toMatch(TRACES[mode]);
        expect(insideOf(pod)).not.toMatch(TRACES[former]);
      }
      await expectAll(streams);
      expectNoTrace(node);
      const fresh = node.addPod();
      expect(reaches(fresh, GATEWAY)).toBe(true);
      expect(node.call('DEL', fresh).code).toBe(0);
    }
  });

  it('is rolled back or finished by the next run after a kill at any moment', async () => {
    const { node, pods, streams } = makeStreams();
    const text = node.text();
    const isTransparent = (): boolean => node.text().includes('mode: transparent');
    for (const delayMs of DELAYS_MS.slice(0, longOr(3, DELAYS_MS.length))) {
      const from = isTransparent();
      const file = fileOf(node, from ? text : transparentText(text));
      if (from) for (const pod of pods) learnNode(node, pod);
      const argv = [`--net=${node.netns().path}`, '--', join(BIN, 'vnet'), 'apply', '-f', file, '--yes'];
      const child = spawn('nsenter', [...argv, '--max-disruption', 'flow-reset'], {
        stdio: 'ignore',
        env: { ...process.env, VNET_ROOT: node.root, VNET_NODE: node.nic.node },
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      while (isTransparent() === from && child.exitCode === null) await pause(1);
      await pause(delayMs);
      child.kill('SIGKILL');
      await ended;
      expect([delayMs, node.vnet('reconcile')]).toMatchObject([delayMs, { code: 0 }]);
      expect([delayMs, pendingIn(node.vnet('reconcile', '--dry-run'))]).toEqual([delayMs, '']);
      await expectAll(streams);
      const [mode, former] = isTransparent()
        ? (['transparent', 'bridge'] as const)
        : (['bridge', 'transparent'] as const);
      for (const pod of node.pods()) {
        expect([delayMs, insideOf(pod)]).toEqual([delayMs, expect.stringMatching(TRACES[mode])]);
        expect([delayMs, insideOf(pod)]).not.toEqual([delayMs, expect.stringMatching(TRACES[former])]);
      }
    }
  });
});
