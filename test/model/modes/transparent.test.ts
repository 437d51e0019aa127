import { IPV6_POOL, NETWORK } from '../../support/node.ts';
import { describeAttaching } from './contract.ts';

const { uplink, pools } = NETWORK;
const own = { name: uplink.name, mac: uplink.mac };

describeAttaching({ mode: 'transparent', uplink: { ...own, mtu: 1500 }, pools });

describeAttaching({ mode: 'transparent', uplink: own, antiSpoofing: false, pools });

describeAttaching({
  mode: 'transparent',
  uplink: own,
  masquerade: { enabled: true, direct: ['10.240.0.0/16', 'fd00:240::/64'] },
  pools: { ...pools, ipv6: IPV6_POOL },
});

describeAttaching({ mode: 'transparent', uplink: own, pools: { ipv6: IPV6_POOL } });

describeAttaching({
  mode: 'transparent',
  uplink: own,
  sameNode: 'fabric',
  pools: { ...pools, ipv6: { ...IPV6_POOL, gateway: 'fe80::1234:5678:9abc' } },
});

describeAttaching({
  mode: 'transparent',
  uplink: own,
  antiSpoofing: false,
  sameNode: 'fabric',
  fabric: { mark: 0x800000, table: 119, priority: 900 },
  pools,
});

describeAttaching({
  mode: 'transparent',
  uplink: own,
  sourceRouting: { table: 120 },
  pools: { ...pools, ipv6: { ...IPV6_POOL, gateway: 'fe80::1234:5678:9abc' } },
});
