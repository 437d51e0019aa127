/** Worlds for the laws of the compiler. */
import fc from 'fast-check';
import type { PolicyInput } from '../../../reconciler/model/policy/compiler/compile.ts';
import type { PolicySets } from '../../../reconciler/model/policy/compiler/sets.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import type { NaiveWorld } from './naive.ts';

const NAMESPACES = ['x', 'y'];
const KEYS = ['app', 'tier'];
const VALUES = ['a', 'b'];

const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), {
  maxKeys: 2,
  noNullPrototype: true,
});
const expression = fc.record({
  key: fc.constantFrom(...KEYS),
  operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
  values: fc.subarray(VALUES),
});
const selector = fc.oneof(
  fc.constant({}),
  fc.record(
    { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
);
const block = fc.constantFrom(
  { cidr: '10.0.0.0/24' },
  { cidr: '10.0.0.0/30', except: ['10.0.0.1/32'] },
  { cidr: '0.0.0.0/0', except: ['10.0.0.0/31', '192.0.2.0/25'] },
  { cidr: '10.0.0.2/31' },
  { cidr: 'fd00::/64', except: ['fd00::2/127'] },
  { cidr: '::/0' },
);
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
  fc.record({ ipBlock: block }),
);
const protocol = fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const);
const port = fc.oneof(
  fc.record({ protocol }, { requiredKeys: [] }),
  fc.record({ protocol, port: fc.constantFrom(80, 81, 'web', 'dns') }, { requiredKeys: ['port'] }),
  fc.record({ protocol, port: fc.constantFrom(79, 80), endPort: fc.constantFrom(80, 82, 99) }),
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(port, { maxLength: 2 });
const policy: fc.Arbitrary<NetworkPolicy> = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress' as const, 'Egress' as const]),
    ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
  },
  { requiredKeys: ['podSelector'] },
);
const policies = fc
  .array(fc.tuple(fc.constantFrom(...NAMESPACES), policy), { maxLength: 4 })
  .map((list) => Object.fromEntries(list.map(([namespace, one], at) => [`${namespace}/p${at}`, one])));
const namedPort = fc.record({ name: fc.constantFrom('web', 'dns'), port: fc.constantFrom(80, 81), protocol });
const pod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels,
  ports: fc.array(namedPort, { maxLength: 2 }),
  isLocal: fc.boolean(),
});
const pods = fc.array(pod, { minLength: 1, maxLength: 5 }).map((list) =>
  list.map(({ isLocal, ...one }, at): PolicyPod => {
    const own = { ...one, name: `pod${at}`, addresses: [`10.0.0.${at}`, `fd00::${at}`] };
    return isLocal ? { ...own, isLocal: true } : own;
  }),
);
/** Small worlds of policies, pods and namespaces. */
export const policyWorld = fc.record({ policies, pods, labels: fc.tuple(labels, labels) }).map(
  ({ labels: [x, y], ...rest }): NaiveWorld => ({
    ...rest,
    namespaces: new Map([
      ['x', x],
      ['y', y],
    ]),
  }),
);

/** Returns the compiler's input. */
export function inputOf(of: NaiveWorld): PolicyInput {
  return { ...of, unknown: 'deny', nodeCidrs: [] };
}

/** Returns the sets as plain maps. */
export function plainSets(sets: PolicySets): Map<string, Map<string, string>> {
  return new Map(Array.from(sets, ([name, elements]) => [name, new Map(elements)]));
}
