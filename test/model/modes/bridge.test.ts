import { IPV6_POOL, NETWORK } from '../../support/node.ts';
import { describeAttaching } from './contract.ts';

describeAttaching(NETWORK);

describeAttaching({
  ...NETWORK,
  bridge: { ...NETWORK.bridge, mtu: 1400, mac: '02:00:00:00:00:01', antiSpoofing: false },
  arp: { pods: false, neighbours: [{ address: '10.240.0.9', mac: '02:00:00:00:00:09' }] },
  routes: [{ to: '10.99.0.0/16', via: '10.240.0.7' }],
});

describeAttaching({
  ...NETWORK,
  sameNode: 'fabric',
  pools: { ...NETWORK.pools, ipv6: { ...IPV6_POOL, gateway: 'fe80::1234:5678:9abc' } },
});
