/** A document with one network of bridge mode, for tests of pools. */
import type { BridgeNetwork, Ipv4Pool, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { staticPool } from '../../support/pools.ts';

/** Returns the document of the network `azure`, with parts of the pool, the network and the document replaced. */
export function poolDocument(
  pool: Partial<Ipv4Pool>,
  network: Partial<BridgeNetwork> = {},
  more: Pick<VnetDocument, 'endpoints' | 'released'> = {},
): VnetDocument {
  return {
    apiVersion: 'vnet.azure/v2',
    kind: 'NodeNetwork',
    metadata: { node: 'node-1', generation: 1 },
    networks: {
      azure: {
        mode: 'bridge',
        uplink: { name: 'eth0', mac: '00:0d:3a:51:c4:90', addresses: [{ address: '10.240.0.35/16' }] },
        bridge: { name: 'azure0' },
        pools: {
          ipv4: { ...staticPool('10.240.0.36-10.240.0.39'), ...pool },
        },
        ...network,
      },
    },
    endpoints: {},
    released: {},
    ...more,
  };
}
