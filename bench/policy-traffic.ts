/** Packets that network policies judge, between two pods of one node, against connection tracking alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Members } from '../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../schemas/generated/vnet.ts';
import { type Bench, makeBenchNode, makeNamespaces, removeNamespaces, runOne, siteOf } from './bench-node.ts';
import { makePods, nameOf, type PodEntry } from './documents.ts';
import type { Options } from './options.ts';
import { LOCAL_PODS, makeCluster, membersText } from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { JUDGED_RULES, JUDGED_TASK } from './tasks.ts';
import { sendTraffic, type TrafficFlow } from './traffic-work.ts';

const SITE = { ...siteOf(30, 0), firstPod: 16 };

/** Two pods of one namespace, in which both directions are isolated. */
const [SENDER, RECEIVER] = [20, 0];

/** Allows the measured flow in the namespace of both pods. */
const ALLOWED: NetworkPolicy = {
  podSelector: {},
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 5001, protocol: 'UDP' }] }],
  egress: [{ to: [{ podSelector: {} }], ports: [{ port: 5001, protocol: 'UDP' }] }],
};

/** A UDP flow without answers is new to connection tracking, so each of its packets is judged. */
const TRACKING = `
  table inet bench {
    chain forward { type filter hook forward priority 0; ct state invalid drop; }
  }
`;

/** Measures the same flow with both, in turn. Errors: throws if the policies deny it. */
export async function measureJudged(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  bench.say('packets judged by network policies');
  const pods = makePods(SITE.nic.node, SITE.firstPod, LOCAL_PODS).map((pod, at) => ({
    ...pod,
    bits: 32,
    gateway: '169.254.1.1',
    pod: `ns${at % 20}/pod${at}`,
  }));
  const here = await makeBenchNode(bench, { ...SITE, conf: { mode: 'transparent' } });
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  here.fill(pods);
  enforce(here.documentPath, makeCluster());
  const reconcile = { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' };
  const { netns } = here.node;
  for (let round = 0; round < (options.isQuick ? 3 : 16); round += 1) {
    for (const rules of round % 2 === 0 ? JUDGED_RULES : JUDGED_RULES.toReversed()) {
      if (rules === 'conntrack alone')
        netns.mustExec(['nft', '-f', '-'], { input: `flush ruleset${TRACKING}` });
      else await runOne(here, reconcile);
      const sample = await sendTraffic(bench, flowIn(pods), 'udp');
      if (sample.value === 0) throw new Error(`${rules}: no packet arrived`);
      recorder.add(
        { task: JUDGED_TASK, endpoints: LOCAL_PODS, contestant: rules, unit: 'packets/s' },
        sample,
      );
      if (rules === 'conntrack alone') netns.mustExec(['nft', 'delete', 'table', 'inet', 'bench']);
    }
  }
  await here.remove();
  removeNamespaces(pods.map(({ netns: path }) => nameOf(path)));
}

function flowIn(pods: readonly PodEntry[]): TrafficFlow {
  const [from, to] = [pods[SENDER], pods[RECEIVER]];
  if (from === undefined || to === undefined) throw new Error('no pods');
  return { from, to };
}

function enforce(documentPath: string, members: Members): void {
  const text = readFileSync(documentPath, 'utf8');
  writeFileSync(documentPath, text.replace(/^networks:/m, 'policy:\n  enforce: true\nnetworks:'));
  const policies = { ...members.policies, 'ns0/bench': ALLOWED };
  writeFileSync(join(dirname(documentPath), 'policy.json'), membersText({ ...members, policies }));
}
