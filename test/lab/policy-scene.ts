/** The chapter on network policies: default deny, one allow, and who decides. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, type LabNode, vnet } from './lab.ts';
import { answers, staysSilent } from './ping.ts';
import type { Story } from './story.ts';

const DENY = `policy:
  enforce: true
  unknownPods: allow
networkPolicies:
  shop/api:
    podSelector: { matchLabels: { vnet.azure/pod-name: api } }
    policyTypes: [Ingress]
`;

const ALLOW = `    ingress:
      - from: [{ podSelector: { matchLabels: { vnet.azure/pod-name: web } } }]
`;

/** The modes of Azure CNI. */
const MODES: readonly string[] = ['bridge', 'transparent'];

/** Isolates one pod, then lets another one reach it, and removes the policies again. */
export async function isolatePods(lab: Lab, story: Story): Promise<void> {
  const [first, second] = lab.nodes;
  const [web, api] = [...first.pods.values()];
  const [orders] = [...second.pods.values()];
  if (!MODES.includes(first.mode.name) || web === undefined || api === undefined || orders === undefined)
    return;
  const { name } = first.node;
  const path = join(first.node.root, 'var/lib/vnet/vnet.yaml');
  const put = async (before: string, after: string): Promise<void> => {
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(before, () => after),
    );
    story.check('exit of reconcile after the edit', 0, (await vnet(first, ['reconcile'])).code);
  };
  const check = async (what: string, from: typeof web, expected: string): Promise<void> => {
    const isAnswered =
      expected === 'answers'
        ? await answers(from.netns, api.address)
        : !(await staysSilent(from.netns, api.address));
    const seen = isAnswered ? 'answers' : 'no answer';
    story.check(`policies: ${what}`, expected, seen);
  };
  story.title('Network policies: nothing reaches api, then only web does');
  story.say('In vnet.yaml:');
  await put('networks:\n', `${DENY}networks:\n`);
  for (const line of DENY.trimEnd().split('\n')) story.say(`    ${line}`);
  await check('web to api, which no rule allows', web, 'no answer');
  await explain(first, story, 'shop/web');
  await put(DENY, DENY + ALLOW);
  story.say('One rule more:');
  for (const line of ALLOW.trimEnd().split('\n')) story.say(`    ${line}`);
  await check('web to api, allowed', web, 'answers');
  await explain(first, story, 'shop/web');
  await check('a pod of the other node to api', orders, 'no answer');
  await explain(first, story, orders.address);
  story.show(name, 'vnet policy list', await vnet(first, ['policy', 'list']));
  await put(DENY + ALLOW, '');
  await check('a pod of the other node to api, without policies', orders, 'answers');
}

async function explain(where: LabNode, story: Story, source: string): Promise<void> {
  const words = ['policy', 'explain', source, 'shop/api', 'icmp'];
  story.show(where.node.name, `vnet ${words.join(' ')}`, await vnet(where, words));
}
