import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../../reconciler/document/merge/changes.ts';
import { sameValue } from '../../../reconciler/document/edit.ts';
import { mergeDocuments } from '../../../reconciler/document/merge/merge.ts';
import { comparable } from '../../../reconciler/document/merge/shape.ts';
import type { BridgeNetwork, Ipv4Pool, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, endpointOf, idOf, NETWORK } from '../../support/node.ts';

type WithIpv4 = BridgeNetwork & { readonly pools: { readonly ipv4: Ipv4Pool } };

type Change = (network: WithIpv4) => WithIpv4;

/** The parts of a network that change independently, each with two values and its path. */
const PARTS: readonly { readonly path: string; readonly make: (value: number) => Change }[] = [
  { path: 'bridge.mtu', make: (v) => (n) => ({ ...n, bridge: { ...n.bridge, mtu: 1400 + v } }) },
  { path: 'bridge.hairpin', make: (v) => (n) => ({ ...n, bridge: { ...n.bridge, hairpin: v === 1 } }) },
  { path: 'uplink.mtu', make: (v) => (n) => ({ ...n, uplink: { ...n.uplink, mtu: 9000 + v } }) },
  {
    path: 'pools.ipv4.quarantineSeconds',
    make: (v) => (n) => ({ ...n, pools: { ipv4: { ...n.pools.ipv4, quarantineSeconds: v } } }),
  },
  {
    path: 'reservations[default/db-0].addresses',
    make: (v) => (n) => ({ ...n, reservations: [...rest(n, 'default/db-0'), reserve('db-0', 50 + v)] }),
  },
  {
    path: 'reservations[default/db-1].addresses',
    make: (v) => (n) => ({ ...n, reservations: [...rest(n, 'default/db-1'), reserve('db-1', 60 + v)] }),
  },
  {
    path: 'uplink.routes[default table 254 100].via',
    make: (v) => (n) => ({
      ...n,
      uplink: {
        ...n.uplink,
        routes:
          n.uplink.routes?.map((r) => (r.to === 'default' ? { ...r, via: `10.240.0.${v + 1}` } : r)) ?? [],
      },
    }),
  },
];

const reserve = (pod: string, last: number) => ({
  pod: `default/${pod}`,
  addresses: [`10.240.0.${last}`] as const,
});
const rest = (network: BridgeNetwork, pod: string) =>
  (network.reservations ?? []).filter((one) => one.pod !== pod);

const BASE: VnetDocument = documentOf([0, 1, 2], {
  ...NETWORK,
  reservations: [reserve('db-0', 40), reserve('db-1', 41)],
});

function changed(document: VnetDocument, changes: readonly Change[]): VnetDocument {
  const network = document.networks['azure'];
  if (network?.mode !== 'bridge' || network.pools.ipv4 === undefined)
    throw new Error('the base has a bridge');
  const before: WithIpv4 = { ...network, pools: { ipv4: network.pools.ipv4 } };
  return {
    ...document,
    networks: { azure: changes.reduce((all, change) => change(all), before) },
  };
}

/** Some of the parts, each with a value. */
const choice = fc.dictionary(fc.constantFrom(...PARTS.keys()).map(String), fc.constantFrom(1, 2));

const changesIn = (chosen: Readonly<Record<string, number>>): readonly Change[] =>
  Object.entries(chosen).flatMap(([index, value]) => PARTS[Number(index)]?.make(value) ?? []);

function same(left: VnetDocument, right: VnetDocument): boolean {
  return diffDocuments(left, right).length === 0;
}

describe('merging', () => {
  it('disjoint changes gives both', () => {
    fc.assert(
      fc.property(choice, choice, (mine, others) => {
        const free = Object.fromEntries(Object.entries(others).filter(([key]) => !(key in mine)));
        const merged = mergeDocuments({
          base: BASE,
          yours: changed(BASE, changesIn(mine)),
          theirs: changed(BASE, changesIn(free)),
        });
        if (merged.kind !== 'merged') throw new Error(JSON.stringify(merged));
        const both = changed(BASE, [...changesIn(mine), ...changesIn(free)]);
        expect(
          diffDocuments(both, merged.document).filter(({ path }) => !path.endsWith('reservations')),
        ).toEqual([]);
      }),
    );
  });

  it('conflicts exactly at the paths that got two different values', () => {
    fc.assert(
      fc.property(choice, choice, (mine, others) => {
        const merged = mergeDocuments({
          base: BASE,
          yours: changed(BASE, changesIn(mine)),
          theirs: changed(BASE, changesIn(others)),
        });
        const expected = Object.keys(mine)
          .filter((key) => key in others && mine[key] !== others[key])
          .map((key) => `networks.azure.${PARTS[Number(key)]?.path ?? ''}`);
        const found = merged.kind === 'conflict' ? merged.conflicts.map(({ path }) => path) : [];
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it('yours that is the base gives theirs, and theirs that is the base gives yours', () => {
    fc.assert(
      fc.property(choice, (mine) => {
        const other = changed(BASE, changesIn(mine));
        for (const [yours, theirs] of [
          [BASE, other],
          [other, BASE],
        ] as const) {
          const merged = mergeDocuments({ base: BASE, yours, theirs });
          expect(merged.kind === 'merged' && same(merged.document, other)).toBe(true);
        }
      }),
    );
  });
});

describe('endpoints', () => {
  const without = (index: number): VnetDocument => {
    const { [idOf(index)]: _, ...endpoints } = BASE.endpoints ?? {};
    return { ...BASE, endpoints };
  };
  const withPod = (index: number, pod: string): VnetDocument => ({
    ...BASE,
    endpoints: { ...BASE.endpoints, [idOf(index)]: endpointOf(index, { pod }) },
  });
  const merge = (yours: VnetDocument, theirs: VnetDocument, base: VnetDocument | undefined = BASE) =>
    mergeDocuments({ base, yours, theirs });

  it.each([
    ['that yours lacks stay', without(0), BASE, [0, 1, 2]],
    ['that CNI removed stay away', BASE, without(0), [1, 2]],
    ['that CNI added come', BASE, documentOf([0, 1, 2, 3]), [0, 1, 2, 3]],
    ['that yours lacks and CNI changed are as CNI has them', without(0), withPod(0, 'default/x'), [0, 1, 2]],
  ])('%s', (_what, yours, theirs, left) => {
    const merged = merge(yours, { ...theirs, networks: BASE.networks });
    const ids = merged.kind === 'merged' ? Object.keys(merged.document.endpoints ?? {}) : [];
    expect(ids.toSorted()).toEqual(left.map(idOf));
  });

  it('that both changed conflict as a whole', () => {
    expect(merge(withPod(0, 'default/x'), withPod(0, 'default/y'))).toMatchObject({
      conflicts: [
        { path: `endpoints.${idOf(0)}`, yours: { pod: 'default/x' }, theirs: { pod: 'default/y' } },
      ],
    });
  });

  it('are those in force where the base is not kept any more, and any other difference is a conflict', () => {
    const yours = changed(without(0), [(n) => ({ ...n, bridge: { name: 'azure0', mtu: 1400 } })]);
    expect(mergeDocuments({ base: undefined, yours: without(0), theirs: BASE })).toMatchObject({
      kind: 'merged',
    });
    expect(mergeDocuments({ base: undefined, yours, theirs: BASE })).toMatchObject({
      conflicts: [{ path: 'networks.azure.bridge.mtu', yours: 1400, theirs: undefined }],
    });
  });
});

describe('lists', () => {
  const pool = (addresses: readonly string[]): VnetDocument =>
    changed(BASE, [(n) => ({ ...n, pools: { ipv4: { ...n.pools.ipv4, addresses } } })]);

  it('of ranges are sets: what one adds and the other removes are both done', () => {
    const merged = mergeDocuments({
      base: pool(['10.240.0.36', '10.240.0.40', '10.240.0.50']),
      yours: pool(['10.240.0.50', '10.240.0.36', '10.240.0.60']),
      theirs: pool(['10.240.0.36', '10.240.0.40', '10.240.0.70']),
    });
    const list = merged.kind === 'merged' ? merged.document.networks['azure']?.pools.ipv4?.addresses : [];
    expect(list).toEqual(['10.240.0.36', '10.240.0.60', '10.240.0.70']);
  });

  it('in which a key comes twice are not cut', () => {
    const double = (last: number): VnetDocument =>
      changed(BASE, [(n) => ({ ...n, reservations: [reserve('db-0', 40), reserve('db-0', last)] })]);
    const merged = mergeDocuments({ base: double(41), yours: double(42), theirs: double(43) });
    expect(merged).toMatchObject({ conflicts: [{ path: 'networks.azure.reservations' }] });
  });
});

describe('the difference of two documents', () => {
  it('is none exactly when they say the same', () => {
    fc.assert(
      fc.property(choice, choice, (mine, others) => {
        const [left, right] = [changed(BASE, changesIn(mine)), changed(BASE, changesIn(others))];
        expect(diffDocuments(left, right).length === 0).toBe(sameValue(comparable(left), comparable(right)));
      }),
    );
  });

  it('names each path with both values', () => {
    const after = changed(BASE, [
      (n) => ({ ...n, bridge: { ...n.bridge, mtu: 1400 }, reservations: [reserve('db-0', 44)] }),
    ]);
    expect(diffDocuments(BASE, after)).toEqual([
      { path: 'networks.azure.bridge.mtu', after: 1400 },
      {
        path: 'networks.azure.reservations[default/db-0].addresses',
        before: ['10.240.0.40'],
        after: ['10.240.0.44'],
      },
      { path: 'networks.azure.reservations[default/db-1]', before: reserve('db-1', 41) },
    ]);
  });
});
