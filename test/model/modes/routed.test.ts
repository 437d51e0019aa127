import type { RoutedNetwork } from '../../../schemas/generated/vnet.ts';
import { IPV6_POOL, NETWORK } from '../../support/node.ts';
import { describeAttaching } from './contract.ts';

const ROUTED: RoutedNetwork = {
  mode: 'routed',
  bridge: { name: 'cbr0', mac: '0a:58:0a:f0:00:01', mtu: 1500 },
  pools: NETWORK.pools,
};

describeAttaching(ROUTED);

describeAttaching({
  ...ROUTED,
  bridge: { name: 'cni0', mac: '0a:58:0a:f0:00:01', hairpin: false, antiSpoofing: false },
  masquerade: { enabled: true, direct: ['10.240.0.0/16', '10.244.0.0/16'] },
  peers: [{ to: '10.244.1.0/24', via: '10.240.0.66', dev: 'eth0' }, { to: '10.244.2.0/24' }],
});

describeAttaching({ ...ROUTED, pools: { ...NETWORK.pools, ipv6: IPV6_POOL } });

describeAttaching({
  ...ROUTED,
  masquerade: { enabled: true, direct: ['fd00:240::/64', 'fd00:241::/64'] },
  peers: [{ to: 'fd00:241::/64', via: 'fe80::66', dev: 'eth0' }],
  pools: { ipv6: IPV6_POOL },
});
