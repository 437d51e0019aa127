import { NETWORK } from '../../support/node.ts';
import { describe, expect, it } from 'vitest';
import { rollBackChange } from '../../../reconciler/loop/change/rollback.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { AddressesNetwork, BridgeNetwork } from '../../../schemas/generated/vnet.ts';
import {
  BEFORE,
  change,
  convergedNode,
  previewOf,
  textWith,
  type Wishes,
  withBridge,
} from './change-support.ts';

const PODS = ['default/web-0', 'default/web-1'];

const ADDRESSES_ONLY: AddressesNetwork = { mode: 'addresses', pools: BEFORE.pools };

const SMALLER: BridgeNetwork = {
  ...BEFORE,
  pools: { ipv4: { ...NETWORK.pools.ipv4, addresses: ['10.240.0.37-10.240.0.65'] } },
};

function refusals(network: BridgeNetwork | AddressesNetwork | undefined, wishes: Wishes) {
  const { session } = convergedNode();
  return previewOf(session, textWith(session, network), wishes).refusals;
}

describe('what speaks against a change', () => {
  it.each([
    ['bridge.mac', withBridge({ mac: '02:00:00:00:00:99' }), 'flow-reset', PODS],
    ['a route that goes', { ...BEFORE, routes: [] }, 'flow-reset', PODS],
    ['mode addresses', ADDRESSES_ONLY, 'pod-outage', PODS],
    ['uplink.released', { ...BEFORE, uplink: { ...BEFORE.uplink, released: true } }, 'pod-outage', PODS],
  ] as const)(
    '%s is refused beyond the limit, with the pods and the flag that allows it',
    (_name, network, worst, pods) => {
      const [refusal, ...more] = refusals(network, { limit: 'hitless' });
      expect(more).toEqual([]);
      expect(refusal).toMatchObject({
        reason: 'disruption',
        hint: expect.stringContaining(`--max-disruption ${worst}`),
      });
      expect(refusal?.pods.filter((pod) => !pod.startsWith('container'))).toEqual(pods);
      expect(refusals(network, { limit: worst })).toEqual([]);
    },
  );

  it.each([
    ['mtu', withBridge({ mtu: 1400 })],
    ['hairpin', withBridge({ hairpin: false })],
    ['anti-spoofing', withBridge({ antiSpoofing: false })],
    ['bridge name', withBridge({ name: 'br0' })],
    ['arp.pods', { ...BEFORE, arp: { ...BEFORE.arp, pods: false } }],
  ] as const)('%s is hitless', (_name, network) => {
    expect(refusals(network, { limit: 'hitless' })).toEqual([]);
  });

  it('a pool that loses addresses that pods hold is refused, unless they are to keep them', () => {
    expect(refusals(SMALLER, { limit: 'hitless' })).toEqual([
      {
        reason: 'withdrawn',
        message: expect.stringContaining('default/web-0 10.240.0.36'),
        hint: expect.stringContaining('--withdraw'),
        pods: ['default/web-0'],
      },
    ]);
    expect(refusals(SMALLER, { limit: 'hitless', withdraw: true })).toEqual([]);
  });

  it('refuses to remove a network with attached pods, at any disruption limit', () => {
    expect(refusals(undefined, { limit: 'node-outage' })).toMatchObject([
      { reason: 'attached', pods: PODS, hint: expect.stringContaining('drain') },
    ]);
  });
});

describe('a round limited to hitless steps', () => {
  it.each([
    ['uplink.released', { ...BEFORE, uplink: { ...BEFORE.uplink, released: true } }],
    ['mode addresses', ADDRESSES_ONLY],
  ] as const)('leaves pods and uplink where they are: %s', (_name, network) => {
    const { session, objects } = convergedNode();
    const before = objects();
    const document = session.store.document();
    if (document === undefined) throw new Error('no document');
    session.store.replace({ ...document, networks: { azure: network } });
    const round = runRound(session, { limit: 'hitless', before: document });
    expect(objects()).toEqual(before);
    expect(round.ok && round.value?.withheld.map(({ key }) => key)).toContain('link eth0');
    expect(round).toMatchObject({ value: { failures: [] } });
  });

  it('repairs pods although the bridge has the wrong MAC', () => {
    const { session } = convergedNode();
    const seen = session.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    const [bridge, neighbour] = ['link azure0', 'neighbour 10.240.0.36 dev azure0'].map((key) =>
      seen.ok ? seen.value.state.get(key) : undefined,
    );
    if (bridge?.kind !== 'link' || neighbour === undefined) throw new Error('not converged');
    const want = { ...bridge, mac: '02:00:00:00:00:77' };
    session.kernel.tamper({ verb: 'update', want, have: bridge, fields: ['mac'] });
    const round = runRound(session, { limit: 'hitless' });
    expect(round.ok && round.value?.withheld.map(({ key }) => key)).toEqual(['link azure0']);
    const after = session.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    expect(after.ok && after.value.state.get('neighbour 10.240.0.36 dev azure0')).toEqual(neighbour);
    expect(runRound(session, { limit: 'flow-reset' })).toMatchObject({
      value: { withheld: [], remaining: [] },
    });
  });
});

describe('a network that gets another mode', () => {
  it('releases the uplink if pods may be interrupted, and takes it over again on rollback', async () => {
    const node = convergedNode();
    const before = node.objects();
    const outcome = await change(node, textWith(node.session, ADDRESSES_ONLY), { windowMs: 60_000 });
    expect(outcome).toMatchObject({ kind: 'applied', open: { id: 8 } });
    const seen = node.session.kernel.observe({
      whole: true,
      devices: [],
      pods: [],
      sysctls: [],
      entries: [],
    });
    if (!seen.ok) throw new Error('unreadable');
    expect(seen.value.state.get('link eth0')).toMatchObject({ master: '' });
    expect(seen.value.state.has('address 10.240.0.35/16 dev eth0')).toBe(true);
    expect(seen.value.state.has('link azure0')).toBe(false);
    const open = node.tentativeStore.read();
    if (!open.ok || open.value === undefined) throw new Error('nothing open');
    expect(rollBackChange(node.session, node.tentativeStore, open.value, 'vnet revert')).toMatchObject({
      value: { remaining: [] },
    });
    expect(node.objects()).toEqual(before);
  });
});
