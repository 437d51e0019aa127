/** The objects of the contract's cases. */
import { PORT_RULES, uplinkRules } from '../../../reconciler/model/modes/bridge/rules.ts';
import { deriveNftTable } from '../../../reconciler/model/nft-table.ts';
import { HOST } from '../../../reconciler/model/state.ts';
import type { LinkObject } from '../../../reconciler/model/state.ts';

export const NIC_MAC = '02:0d:3a:6e:33:01';

export const POD_MAC = '0a:1b:2c:3d:4e:5f';

export const VETH = 'azv5a6822c76a3';

export const BRIDGE: LinkObject = {
  kind: 'link',
  netns: HOST,
  name: 'azure0',
  type: 'bridge',
  up: true,
  mac: NIC_MAC,
  mtuBytes: 1500,
  alias: 'vnet:azure',
};

/** The NIC as a desired object. */
export const NIC: LinkObject = { kind: 'link', netns: HOST, name: 'eth0', type: 'device', up: true };

/** The table as vnet creates it. */
export const TABLE = deriveNftTable('bridge', [
  uplinkRules({ uplink: { name: 'eth0', mac: NIC_MAC }, bridge: { name: 'azure0' } }),
  PORT_RULES,
]);
