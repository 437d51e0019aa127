/** Cases of several steps, as public suites of network policies have them: the actions between the checks. */
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import { START, type SuiteCase, type SuitePod, type SuiteStep } from './world.ts';

const label = (key: string, value: string) => ({ matchLabels: { [key]: value } });

const from = (
  ...peers: NonNullable<NonNullable<NetworkPolicy['ingress']>[number]['from']>
): NetworkPolicy => ({
  podSelector: label('pod', 'a'),
  policyTypes: ['Ingress'],
  ingress: [{ from: peers }],
});

const BASE: NetworkPolicy = {
  podSelector: label('pod', 'a'),
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: {}, namespaceSelector: label('ns', 'y') }], ports: [{ port: 80 }] }],
  egress: [{ to: [{ podSelector: label('pod', 'b'), namespaceSelector: {} }] }],
};

const DENY: NetworkPolicy = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
const ALLOW: NetworkPolicy = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] };

type Move = Partial<SuiteStep>;

/** Each move changes what the moves before it left. */
function sequence(name: string, ...moves: readonly Move[]): SuiteCase {
  const steps: SuiteStep[] = [];
  for (const move of moves) steps.push({ ...START, policies: {}, ...steps.at(-1), ...move });
  return { name, steps };
}

const relabelled = (namespace: string, name: string, labels: SuitePod['labels']): Move => ({
  pods: START.pods.map((pod) =>
    pod.namespace === namespace && pod.name === name ? { ...pod, labels } : pod,
  ),
});
const spaces = (more: SuiteStep['namespaces']): Move => ({ namespaces: { ...START.namespaces, ...more } });

const byNamespace = from({ namespaceSelector: label('team', 'new') });
const byPod = from({ podSelector: label('new', 'yes'), namespaceSelector: {} });
const isolated: NetworkPolicy = { podSelector: label('target', 'isolated'), policyTypes: ['Ingress'] };

/** The port of the policy alone. */
const onPort = (port: number | string, protocol?: 'UDP' | 'SCTP'): NetworkPolicy => ({
  ...ALLOW,
  ingress: [{ ports: [{ port, ...(protocol === undefined ? {} : { protocol }) }] }],
});

export const SUITE_ACTIONS: readonly SuiteCase[] = [
  sequence('a policy is created and deleted', { policies: { 'x/p': BASE } }, { policies: {} }),
  sequence('deny-all is deleted', { policies: { 'x/deny': DENY } }, { policies: {} }),
  sequence(
    'allow-all becomes deny-all and back',
    { policies: { 'x/p': ALLOW } },
    { policies: { 'x/p': { ...ALLOW, ingress: [] } } },
    { policies: { 'x/p': ALLOW } },
  ),
  sequence(
    'policies are stacked, and taken away from below',
    { policies: { 'x/deny': DENY } },
    { policies: { 'x/deny': DENY, 'x/allow': ALLOW } },
    { policies: { 'x/deny': DENY, 'x/allow': ALLOW, 'x/p': BASE } },
    { policies: { 'x/allow': ALLOW, 'x/p': BASE } },
    { policies: { 'x/p': BASE } },
  ),
  sequence(
    'a namespace with pods comes and goes',
    { policies: { 'x/p': BASE } },
    {
      ...spaces({ 'y-2': { ns: 'y' } }),
      pods: [...START.pods, ...['a', 'b'].map((name) => ({ namespace: 'y-2', name, labels: { pod: name } }))],
    },
    { namespaces: START.namespaces, pods: START.pods },
  ),
  sequence(
    'a pod comes, goes, and comes again with other labels',
    { policies: { 'x/p': BASE, 'x/deny': DENY } },
    { pods: [...START.pods, { namespace: 'x', name: 'd', labels: { pod: 'b' } }] },
    { pods: START.pods },
    { pods: [...START.pods, { namespace: 'x', name: 'd', labels: { pod: 'a' } }] },
  ),
  sequence(
    'a namespace gets a label and loses it',
    { policies: { 'x/p': byNamespace } },
    spaces({ y: { ns: 'y', team: 'new' } }),
    spaces({ y: { ns: 'y', team: 'newer' } }),
    spaces({}),
  ),
  sequence(
    'two namespaces swap their labels',
    { policies: { 'x/p': BASE } },
    spaces({ y: { ns: 'z' }, z: { ns: 'y' } }),
  ),
  sequence(
    'a peer gets a label and loses it',
    { policies: { 'x/p': byPod } },
    relabelled('y', 'b', { pod: 'b', new: 'yes' }),
    relabelled('y', 'b', { pod: 'b' }),
  ),
  sequence(
    'a pod becomes isolated by its labels, and no longer is',
    { policies: { 'x/p': isolated } },
    relabelled('x', 'a', { target: 'isolated' }),
    relabelled('x', 'a', { pod: 'a' }),
  ),
  sequence(
    'a pod loses the label that its policy selects',
    { policies: { 'x/p': BASE } },
    relabelled('x', 'a', { pod: 'z' }),
  ),
  sequence(
    'a rule moves from a number to a name and to other protocols',
    { policies: { 'x/p': onPort(81) } },
    { policies: { 'x/p': onPort('serve-81-tcp') } },
    { policies: { 'x/p': onPort(81, 'UDP') } },
    { policies: { 'x/p': onPort(81, 'SCTP') } },
    { policies: { 'x/p': onPort('serve-80-sctp', 'SCTP') } },
  ),
  sequence(
    'the policy of one namespace moves to another',
    { policies: { 'x/p': BASE } },
    { policies: { 'y/p': BASE } },
    { policies: { 'x/p': DENY, 'y/p': BASE, 'z/p': ALLOW } },
  ),
];
