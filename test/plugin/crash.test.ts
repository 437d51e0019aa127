import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { casesOf, countCases } from '../support/cases.ts';
import { longOr } from '../support/long.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import {
  BIN,
  containerOf,
  contradictions,
  LIVE_CONF,
  type LiveNode,
  makeLiveNode,
  TRANSPARENT_CONF,
} from './live-node.ts';

const isBuilt = existsSync(join(BIN, 'azure-vnet'));
const NODE = '10.240.0.35';

/** The pod CIDR of the node in mode routed. */
const ROUTED_CONF = {
  ...LIVE_CONF,
  mode: 'routed',
  bridge: 'cbr0',
  ipam: { type: 'azure-vnet-ipam', subnet: '10.244.0.0/24', addresses: ['10.244.0.0/24'] },
};
const MODES = [
  { mode: 'bridge', conf: LIVE_CONF, instants: casesOf(longOr(30, 120)), target: '10.240.0.1' },
  {
    mode: 'tunnel',
    conf: { ...LIVE_CONF, mode: 'tunnel' },
    instants: casesOf(longOr(20, 60)),
    target: NODE,
  },
  { mode: 'transparent', conf: TRANSPARENT_CONF, instants: casesOf(longOr(24, 60)), target: NODE },
  { mode: 'routed', conf: ROUTED_CONF, instants: casesOf(longOr(20, 60)), target: NODE },
];

/** The calls that are killed; `reconcile` is a round, and has no pod. */
const VERBS = ['ADD', 'ADD', 'ADD', 'ADD', 'DEL', 'DEL', 'GC', 'reconcile'] as const;

/** The command of a verb. A call is by its own process: calls answered by a server are tested in test/plugin/serve. */
function commandOf(node: LiveNode, verb: string, pod: Netns): ReturnType<LiveNode['command']> {
  const given = node.command({ verb, pod, env: { VNET_DIRECT: '1' } });
  const { input = '', env = {} } = given.options;
  if (verb === 'reconcile') {
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CNI_')));
    return { argv: [join(BIN, 'vnet'), 'reconcile'], options: { env: own } };
  }
  if (verb !== 'GC') return given;
  const attachments = [{ containerID: containerOf(pod), ifname: 'eth0' }];
  const conf = { ...JSON.parse(input), cniVersion: '1.1.0', 'cni.dev/valid-attachments': attachments };
  const options = {
    input: JSON.stringify(conf),
    env: { ...env, CNI_CONTAINERID: undefined, CNI_NETNS: undefined },
  };
  return { argv: given.argv, options };
}

/**
 * Starts the call and kills it with SIGKILL after a while; resolves to the call's duration if that was too
 * late.
 */
function killed(node: LiveNode, verb: string, pod: Netns, afterMs: number): Promise<number | undefined> {
  const started = performance.now();
  const { argv, options } = commandOf(node, verb, pod);
  const child = spawn('nsenter', [`--net=${node.netns.path}`, '--', ...argv], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    child.on('close', (_code, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL' ? undefined : performance.now() - started);
    });
  });
}

describe.skipIf(!hasNamespaces || !isBuilt).each(MODES)(
  'kill -9 during ADD, DEL, GC and rounds in mode $mode',
  ({ conf, instants, target }) => {
    let node: LiveNode;
    beforeAll(() => {
      node = makeLiveNode(conf);
    });
    afterAll(() => node.remove());

    it(`at ${instants} instants leaves what one reconcile makes whole`, async () => {
      const pods = Array.from({ length: 8 }, () => node.addPod());
      const [first] = pods;
      if (first === undefined) throw new Error('no pod');
      // The first ADD takes the uplink over; the second one shows the usual duration.
      await node.call({ verb: 'ADD', pod: first, env: { VNET_DIRECT: '1' } });
      const started = performance.now();
      const outcome = await node.call({ verb: 'ADD', pod: pods[1] ?? first, env: { VNET_DIRECT: '1' } });
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      // The kills of each verb are spread over its whole duration.
      const usualMs = Math.max(10, (performance.now() - started) * 1.2);
      const spans = new Map<string, number>();
      let hits = 0;
      for (let index = 0; index < instants; index += 4) {
        const batch = [0, 1, 2, 3].map((offset) => {
          const pod = pods[(index / 4 + offset * 3) % pods.length] ?? first;
          const verb = VERBS[Math.floor(Math.random() * VERBS.length)] ?? 'ADD';
          const spanMs = spans.get(verb) ?? usualMs;
          return killed(node, verb, pod, Math.random() * spanMs).then((tookMs) => ({ verb, tookMs }));
        });
        for (const { verb, tookMs } of await Promise.all(batch)) {
          if (tookMs === undefined) hits += 1;
          // Other load changes all the time, and with it the duration of a call.
          const spanMs = spans.get(verb) ?? usualMs;
          spans.set(verb, tookMs === undefined ? spanMs * 1.02 : Math.max(10, (spanMs + tookMs * 1.1) / 2));
        }
        if (index % 20 !== 0) continue;
        const { code, stdout } = node.reconcile();
        expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
        expect(contradictions(node)).toEqual([]);
      }
      countCases(hits);
      expect(hits).toBeGreaterThan(instants / 4);
      const rounds = node.reconcile();
      expect(rounds).toMatchObject({ code: 0, stderr: '' });
      expect(contradictions(node)).toEqual([]);
      expect(node.reconcile('--dry-run').code).toBe(0);
      for (const pod of pods) expect((await node.call({ verb: 'DEL', pod })).code).toBe(0);
      expect(node.veths()).toEqual([]);
    });

    it('during the very first ADD leaves a node that the next ADD completes', async () => {
      for (let index = 0; index < 12; index += 1) {
        const fresh = makeLiveNode(conf);
        try {
          const pod = fresh.addPod();
          await killed(fresh, 'ADD', pod, 10 + index * 12);
          const outcome = await fresh.call({ verb: 'ADD', pod });
          expect(outcome).toMatchObject({ code: 0, stderr: '' });
          expect(reaches(pod, target)).toBe(true);
          expect(contradictions(fresh)).toEqual([]);
          expect(fresh.reconcile('--dry-run').code).toBe(0);
        } finally {
          fresh.remove();
        }
      }
    });
  },
);
