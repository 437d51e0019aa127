import { NETWORK } from '../../support/node.ts';
import { describeAttaching } from './contract.ts';

const { uplink, pools } = NETWORK;

describeAttaching({ mode: 'transparent', uplink: { name: uplink.name, mac: uplink.mac, mtu: 1500 }, pools });

describeAttaching({
  mode: 'transparent',
  uplink: { name: uplink.name, mac: uplink.mac },
  antiSpoofing: false,
  pools,
});
