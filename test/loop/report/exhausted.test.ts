import { describe, expect, it } from 'vitest';
import { exhaustedNetworks } from '../../../reconciler/model/addresses/pool-summary.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, NETWORK } from '../../support/node.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ONE = { ...NETWORK, pools: { ipv4: { ...NETWORK.pools.ipv4, addresses: ['10.240.0.36'] } } };

describe('an exhausted network', () => {
  it('has no address for another pod', () => {
    expect(exhaustedNetworks(documentOf([], ONE), NOW)).toEqual([]);
    expect(exhaustedNetworks(documentOf([0], ONE), NOW)).toEqual(['azure']);
  });

  it('has none in quarantine either: the next ADD takes that one', () => {
    const released = { 'azure/10.240.0.36': NOW.toISOString() };
    const document: VnetDocument = { ...documentOf([], ONE), released };
    expect(exhaustedNetworks(document, NOW)).toEqual([]);
  });

  it('has only addresses that the node itself has', () => {
    expect(exhaustedNetworks(documentOf([], ONE), NOW, ['10.240.0.36/32'])).toEqual(['azure']);
    expect(exhaustedNetworks(documentOf([], ONE), NOW, ['10.240.0.37/32'])).toEqual([]);
  });

  it('has a pool that lists addresses at all', () => {
    const none = { ...NETWORK, pools: { ipv4: { ...NETWORK.pools.ipv4, addresses: [] } } };
    expect(exhaustedNetworks(documentOf([], none), NOW)).toEqual([]);
  });
});
