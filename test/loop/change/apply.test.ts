import { describe, expect, it } from 'vitest';
import { failure } from '../../../reconciler/model/result.ts';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { keyOf } from '../../../reconciler/model/state.ts';
import { isComplete } from '../../../reconciler/loop/change/rollback.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import type { Network } from '../../../schemas/generated/vnet.ts';
import { BEFORE, change, convergedNode, previewOf, textWith, withBridge } from './change-support.ts';

const { name: eth0, mac } = BEFORE.uplink;

const EDITS: Readonly<Record<string, Network>> = {
  mtu: withBridge({ mtu: 1400 }),
  hairpin: withBridge({ hairpin: false }),
  'anti-spoofing': withBridge({ antiSpoofing: false }),
  'bridge name and MAC': withBridge({ name: 'br0', mac: '02:00:00:00:00:99' }),
  'mode under pods': { mode: 'transparent', uplink: { name: eth0, mac }, pools: BEFORE.pools },
  'routes and ARP': { ...BEFORE, routes: [{ to: '10.8.0.0/16', via: '10.240.0.1' }], arp: { pods: false } },
};

const GOES_ALONG = /^(nft-element|fdb|neighbour|route) /;

function failing(verbAndKey: string): (change: Change) => boolean {
  return (one) => `${one.verb} ${keyOf(subjectOf(one))}` === verbAndKey;
}

describe('applyPreview', () => {
  it.each(Object.entries(EDITS))(
    'makes the change in place and leaves nothing tentative: %s',
    async (_name, network) => {
      const node = convergedNode();
      const outcome = await change(node, textWith(node.session, network));
      expect(outcome).toMatchObject({ kind: 'applied', generation: 8, open: undefined });
      expect(node.networks()).toEqual({ azure: network });
      expect(node.tentativeStore.read()).toEqual({ ok: true, value: undefined });
      expect(await change(node, textWith(node.session, network))).toEqual({ kind: 'unchanged' });
    },
  );

  it('has the rollback plan on disk before document and kernel change', async () => {
    const node = convergedNode();
    const before = node.objects();
    const seen: unknown[] = [];
    await change(node, textWith(node.session, withBridge({ mtu: 1400 })), {
      around: {
        tell: ({ kind }) => seen.push([kind, node.networks(), node.objects(), node.tentativeStore.read()]),
      },
    });
    const written = {
      state: 'applying',
      back: { generation: 7 },
      wayBack: [{ verb: 'update', want: { mtuBytes: 1500 } }],
    };
    expect(seen[0]).toMatchObject(['planned', { azure: BEFORE }, before, { value: written }]);
    expect(seen.map((event) => (event as unknown[])[0])).toEqual(['planned', 'applied', 'verified']);
  });

  const FAULTS = Object.entries(EDITS).flatMap(([name, network]) => {
    const { session } = convergedNode();
    const { steps } = previewOf(session, textWith(session, network)).plan;
    // The sysctl of a renamed bridge moves with it: refusing to write it is harmless.
    return (
      steps
        .filter(({ key }) => !key.startsWith('sysctl '))
        // Objects on the bridge and in its table go with them.
        .filter(
          ({ key, change: { verb } }) =>
            verb !== 'delete' || name !== 'mode under pods' || !GOES_ALONG.test(key),
        )
        .map((step) => [name, `${step.change.verb} ${step.key}`, network] as const)
    );
  });

  it.each(FAULTS)('%s: rolls back completely when the kernel refuses to %s', async (_name, step, network) => {
    const node = convergedNode();
    const before = node.objects();
    node.session.kernel.failNext(failing(step), failure('io', step, 'made to fail'));
    const outcome = await change(node, textWith(node.session, network));
    if (outcome.kind !== 'rolled-back') throw new Error(JSON.stringify(outcome));
    expect(isComplete(outcome.ending)).toBe(true);
    expect(outcome.mismatches.length).toBeGreaterThan(0);
    expect(outcome.failures.map(({ message }) => message)).toContain('made to fail');
    expect(node.objects()).toEqual(before);
    expect(node.networks()).toEqual({ azure: BEFORE });
    expect(node.tentativeStore.read()).toEqual({ ok: true, value: undefined });
  });

  it('reports a failed rollback, keeps the old document, and blocks no other process', async () => {
    const node = convergedNode();
    const refuse = (): void =>
      node.session.kernel.failNext(
        (one) => one.verb !== 'delete' && keyOf(one.want) === 'link azure0',
        failure('busy', 'link azure0', 'made to fail'),
      );
    const mtuAndRoute = { ...withBridge({ mtu: 1400 }), routes: [] };
    const outcome = await change(node, textWith(node.session, mtuAndRoute), {
      around: {
        wait: async () => {
          // Another program reverts it at once, and then the kernel refuses all changes of the bridge.
          const have = { kind: 'link', netns: '', name: 'azure0', type: 'bridge', mtuBytes: 1300 } as const;
          node.session.kernel.tamper({ verb: 'update', want: have, have, fields: ['mtuBytes'] });
          for (let times = 0; times < 5; times += 1) refuse();
        },
      },
    });
    if (outcome.kind !== 'rolled-back') throw new Error(JSON.stringify(outcome));
    expect(isComplete(outcome.ending)).toBe(false);
    expect(outcome.ending.remaining.map(({ key }) => key)).toEqual(['link azure0']);
    expect(outcome.mismatches.map(({ differences }) => differences)).toEqual([
      [{ field: 'mtu', want: '1400', have: '1300' }],
    ]);
    expect(node.networks()).toEqual({ azure: BEFORE });
    expect(node.tentativeStore.read()).toEqual({ ok: true, value: undefined });
  });

  it('is not blamed for earlier differences', async () => {
    const node = convergedNode();
    const stuck = 'neighbour 10.240.0.36 dev azure0';
    const { kernel } = node.session;
    const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    const have = seen.ok ? seen.value.state.get(stuck) : undefined;
    if (have === undefined) throw new Error('no neighbour');
    kernel.tamper({ verb: 'delete', have });
    for (let times = 0; times < 4; times += 1) {
      kernel.failNext(failing(`create ${stuck}`), failure('io', stuck, 'made to fail'));
    }
    expect(await change(node, textWith(node.session, withBridge({ mtu: 1400 })))).toMatchObject({
      kind: 'applied',
    });
  });

  it('rolls back when it is interrupted after its beginning, and does nothing when before', async () => {
    const node = convergedNode();
    const before = node.objects();
    const text = textWith(node.session, withBridge({ mtu: 1400 }));
    expect(await change(node, text, { around: { isInterrupted: () => true } })).toEqual({
      kind: 'interrupted',
    });
    expect(node.networks()).toEqual({ azure: BEFORE });
    let isInterrupted = false;
    const outcome = await change(node, text, {
      around: {
        isInterrupted: () => isInterrupted,
        wait: async () => {
          isInterrupted = true;
        },
      },
    });
    expect(outcome).toMatchObject({ kind: 'rolled-back', isInterrupted: true, ending: { remaining: [] } });
    expect(node.objects()).toEqual(before);
  });
});
