import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyOf } from '../../../reconciler/model/addresses/address.ts';
import { readRange } from '../../../reconciler/model/addresses/address-list.ts';
import { PolicyCompiler, type PolicyInput } from '../../../reconciler/model/policy/compiler/compile.ts';
import { explainConnection } from '../../../reconciler/model/policy/explain.ts';
import { deniedIn } from './judge.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { PolicySets } from '../../../reconciler/model/policy/compiler/sets.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import { type End, mayConnect, type NaiveWorld, type Service } from './naive.ts';

const NAMESPACES = ['x', 'y'];
const KEYS = ['app', 'tier'];
const VALUES = ['a', 'b'];
const NUMBERS = { TCP: 6, UDP: 17, SCTP: 132, ICMP: 1 } as const;

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
  fc.record({ protocol, port: fc.constantFrom(79, 80), endPort: fc.constantFrom(80, 82) }),
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(port, { maxLength: 2 });
const policy: fc.Arbitrary<NetworkPolicy> = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress' as const, 'Egress' as const], { minLength: 1 }),
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
const world = fc.record({ policies, pods, labels: fc.tuple(labels, labels) }).map(
  ({ labels: [x, y], ...rest }): NaiveWorld => ({
    ...rest,
    namespaces: new Map([
      ['x', x],
      ['y', y],
    ]),
  }),
);

function inputOf(of: NaiveWorld): PolicyInput {
  return { ...of, unknown: 'deny', nodeCidrs: [] };
}

const OUTSIDE = ['192.0.2.1', '192.0.2.200', 'fd99::1'];

function endsOf({ pods: all }: NaiveWorld): readonly End[] {
  return [
    ...all.flatMap((one) => one.addresses.map((address) => ({ pod: one, address }))),
    ...OUTSIDE.map((address) => ({ address })),
  ];
}

const SERVICES: readonly Service[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 83 },
  { protocol: 'UDP', port: 81 },
  { protocol: 'SCTP', port: 80 },
  { protocol: 'ICMP', port: 80 },
];

function wrongVerdicts(of: NaiveWorld, sets: PolicySets): readonly string[] {
  const ends = endsOf(of);
  const pairs = ends.flatMap((from) =>
    ends.filter((to) => familyOf(to.address) === familyOf(from.address)).map((to) => [from, to] as const),
  );
  return pairs.flatMap(([from, to]) => SERVICES.flatMap((service) => wrongAt(of, sets, [from, to, service])));
}

function wrongAt(
  of: NaiveWorld,
  sets: PolicySets,
  [source, destination, service]: readonly [End, End, Service],
): readonly string[] {
  const should = mayConnect(of, source, destination, service);
  const named = service.protocol === 'ICMP' ? undefined : service.protocol;
  const packet = {
    source: source.address,
    destination: destination.address,
    protocol: NUMBERS[service.protocol],
    port: service.port,
  };
  const decisions = explainConnection(inputOf(of), {
    source,
    destination,
    protocol: named,
    port: service.port,
  });
  const found = [deniedIn(sets, packet) === undefined, decisions.every((one) => one.isAllowed)];
  return found.every((one) => one === should)
    ? []
    : [`${JSON.stringify(packet)}: ${found.join()}, not ${should}`];
}

/** Returns pairs of elements of one set that overlap in every part. */
function overlaps(sets: PolicySets): readonly string[] {
  return [...sets].flatMap(([name, elements]) => {
    const keys = [...elements.keys()].map((key) => key.split(' . '));
    const isApart = (one: string, other: string): boolean => {
      const [left, right] = [bounds(one), bounds(other)];
      return left[1] < right[0] || right[1] < left[0];
    };
    return keys.flatMap((one, at) =>
      keys
        .slice(at + 1)
        .flatMap((other) =>
          one.every((part, index) => !isApart(part, other[index] ?? ''))
            ? [`${name}: ${one.join()} and ${other.join()}`]
            : [],
        ),
    );
  });
}

function bounds(text: string): readonly [bigint, bigint] {
  const range = readRange(text);
  if (/[.:]/.test(text) && range !== undefined) return [BigInt(range.first), BigInt(range.last)];
  const [first = '0', last = first] = text.split('-');
  return [BigInt(first), BigInt(last)];
}

function plain(sets: PolicySets): unknown {
  return new Map(Array.from(sets, ([name, elements]) => [name, new Map(elements)]));
}

describe('compiled network policies', () => {
  it('decide as the specification does, for every packet', () => {
    fc.assert(
      fc.property(world, (of) => {
        expect(wrongVerdicts(of, new PolicyCompiler().compile(inputOf(of)))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('have disjoint elements only', () => {
    fc.assert(
      fc.property(world, (of) => {
        const shared = of.pods.map((one, at) => ({ ...one, addresses: [`10.0.0.${at % 2}`] }));
        const double = { ...of, pods: shared };
        for (const one of [of, double])
          expect(overlaps(new PolicyCompiler().compile(inputOf(one)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('do not depend on earlier inputs or on the order', () => {
    const change = fc.array(
      fc.record({ other: world, keep: fc.constantFrom('policies', 'pods', 'namespaces', 'none') }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(world, change, (first, changes) => {
        const compiler = new PolicyCompiler();
        compiler.compile(inputOf(first));
        let current = first;
        for (const { other, keep } of changes) {
          current = keep === 'none' ? other : { ...other, [keep]: current[keep] };
          const again = plain(compiler.compile(inputOf(current)));
          const turned = { ...current, pods: current.pods.toReversed() };
          expect(again).toEqual(plain(new PolicyCompiler().compile(inputOf(turned))));
        }
      }),
      { numRuns: 200 },
    );
  });
});
