/** The modes of the table in docs/modes.md, and a configuration of each with addresses of both families. */
import { GATEWAY6, type Nic } from '../lab/fabric.ts';

/** The address of node-local DNS that pods reach by the node. */
export const LOCAL_DNS = '169.254.20.10';

/** Its address in IPv6, on the node alone. */
export const LOCAL_DNS6 = 'fd00:20::10';

/** Shape: `table` is the family of the mode's nftables table, `bridge` that of its pods, if they are ports of one. */
export type ModeCase = {
  readonly mode: string;
  readonly table: 'bridge' | 'inet';
  readonly bridge?: string;
  /** true: its first ADD takes over eth0. */
  readonly takesUplink: boolean;
};

/** One case for each mode. */
export const MODE_CASES: readonly ModeCase[] = [
  { mode: 'bridge', table: 'bridge', bridge: 'azure0', takesUplink: true },
  { mode: 'tunnel', table: 'bridge', bridge: 'azure0', takesUplink: true },
  { mode: 'transparent', table: 'inet', takesUplink: false },
  { mode: 'transparent-tunnel', table: 'inet', takesUplink: false },
  { mode: 'routed', table: 'bridge', bridge: 'cbr0', takesUplink: false },
];

/**
 * Returns the pools of a NIC's node: addresses of the virtual network, in mode routed the node's pod CIDRs. Shape: without `isDual`,
 * of IPv6 alone.
 */
export function ipamOf(mode: string, isDual: boolean, { secondaries, podCidr = '', ipv6 }: Nic): object {
  const { secondaries: own, podCidr: cidr } = ipv6 ?? { secondaries: [], podCidr: '' };
  const isRouted = mode === 'routed';
  const six = isRouted
    ? { subnet: cidr, addresses: [cidr] }
    : { subnet: 'fd00:240::/64', gateway: GATEWAY6, addresses: own };
  const four = isRouted
    ? { subnet: podCidr, addresses: [podCidr] }
    : { subnet: '10.240.0.0/16', addresses: secondaries };
  const type = 'azure-vnet-ipam';
  return isDual ? { type, ...four, ipv6: six } : { type, ...six };
}

/** Returns the configuration of a NIC's node, with pools of both families. */
export function modeConf({ mode, bridge }: Pick<ModeCase, 'mode' | 'bridge'>): (nic: Nic) => object {
  return (nic) => {
    const links = bridge === undefined ? {} : { bridge };
    const ipsToRouteViaHost = mode === 'routed' ? undefined : [LOCAL_DNS, LOCAL_DNS6];
    return { mode, ...links, ipsToRouteViaHost, ipam: ipamOf(mode, true, nic) };
  };
}
