import { expect, it } from 'vitest';
import type { BridgeNetwork } from '../../../schemas/generated/vnet.ts';
import { adviseOn } from '../../../reconciler/document/check/advice.ts';
import { documentOf, NETWORK } from '../../support/node.ts';

const PROBE = { timeoutMs: 200 };

it('on a valid document names a probe that finds nothing: on Azure only', () => {
  expect.assert(NETWORK.mode === 'bridge' && NETWORK.pools.ipv4 !== undefined);
  const { ipv4 } = NETWORK.pools;
  const fabric = { source: 'static', subnet: 'fd00::/64', addresses: ['fd00::9'] } as const;
  const advised = (network: BridgeNetwork): number => adviseOn(documentOf([], network)).length;
  const azure = { ...NETWORK, pools: { ipv4: { ...ipv4, source: 'azure' as const } } };
  const viaFabric = { ...NETWORK, pools: { ipv6: { ...fabric, gateway: 'fe80::1234:5678:9abc' } } };
  for (const network of [azure, viaFabric]) {
    expect([advised(network), advised({ ...network, probe: PROBE })]).toEqual([0, 1]);
  }
  expect(advised({ ...NETWORK, probe: PROBE })).toBe(0);
});
