import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyOf } from '../../../reconciler/model/addresses/address.ts';
import { readRange } from '../../../reconciler/model/addresses/address-list.ts';
import { PolicyCompiler } from '../../../reconciler/model/policy/compiler/compile.ts';
import { explainConnection } from '../../../reconciler/model/policy/explain.ts';
import { deniedIn } from './judge.ts';
import type { PolicySets } from '../../../reconciler/model/policy/compiler/sets.ts';
import { inputOf, plainSets, policyWorld } from './worlds.ts';
import { type End, mayConnect, type NaiveWorld, type Service } from './naive.ts';
import { longOr } from '../../support/long.ts';

const NUMBERS = { TCP: 6, UDP: 17, SCTP: 132, ICMP: 1 } as const;

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
  if (/^[0-9a-f]{8}$/.test(text)) return [BigInt(`0x${text}`), BigInt(`0x${text}`)];
  const [first = '0', last = first] = text.split('-');
  return [BigInt(first), BigInt(last)];
}

describe('compiled network policies', () => {
  it('decide as the specification does, for every packet', () => {
    fc.assert(
      fc.property(policyWorld, (of) => {
        expect(wrongVerdicts(of, new PolicyCompiler().compile(inputOf(of)))).toEqual([]);
      }),
      { numRuns: longOr(200, 600) },
    );
  });

  it('have disjoint elements only', () => {
    fc.assert(
      fc.property(policyWorld, (of) => {
        const shared = of.pods.map((one, at) => ({ ...one, addresses: [`10.0.0.${at % 2}`] }));
        const double = { ...of, pods: shared };
        for (const one of [of, double])
          expect(overlaps(new PolicyCompiler().compile(inputOf(one)))).toEqual([]);
      }),
      { numRuns: longOr(65, 200) },
    );
  });

  it('do not depend on earlier inputs or on the order', () => {
    const change = fc.array(
      fc.record({ other: policyWorld, keep: fc.constantFrom('policies', 'pods', 'namespaces', 'none') }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(policyWorld, change, (first, changes) => {
        const compiler = new PolicyCompiler();
        compiler.compile(inputOf(first));
        let current = first;
        for (const { other, keep } of changes) {
          current = keep === 'none' ? other : { ...other, [keep]: current[keep] };
          const again = plainSets(compiler.compile(inputOf(current)));
          const turned = { ...current, pods: current.pods.toReversed() };
          expect(again).toEqual(plainSets(new PolicyCompiler().compile(inputOf(turned))));
        }
      }),
      { numRuns: longOr(65, 200) },
    );
  });
});
