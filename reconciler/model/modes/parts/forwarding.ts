/** IP forwarding, which every mode needs whose node routes to its pods. Pure. */
import type { Network } from '../../../../schemas/generated/vnet.ts';
import { IPV6_OFF } from '../../kinds/sysctl.ts';
import type { Scope } from '../../ports/kernel.ts';
import { HOST, keyOf, type State, type SysctlObject } from '../../state.ts';

/** The sysctls without which the node does not forward, by the pool of their family. */
const SWITCHES = {
  ipv4: setting('net/ipv4/ip_forward', '1'),
  ipv6: setting('net/ipv6/conf/all/forwarding', '1'),
} as const;

/** The routers that an interface heeds. */
const ACCEPT_RA = 'net/ipv6/conf/*/accept_ra';

function setting(name: string, value: string): SysctlObject {
  return { kind: 'sysctl', netns: HOST, name, value };
}

/** Returns the sysctls without which the node does not forward packets of the network's pods. */
export function forwardingOf({ pools }: Pick<Network, 'pools'>): readonly SysctlObject[] {
  return [
    ...(pools.ipv4 === undefined ? [] : [SWITCHES.ipv4]),
    ...(pools.ipv6 === undefined ? [] : [SWITCHES.ipv6]),
  ];
}

/** Returns the sysctls to observe for it. */
export function forwardingScope(network: Pick<Network, 'pools'>): Scope['sysctls'] {
  const routers = [ACCEPT_RA, IPV6_OFF].map((name) => ({ netns: HOST, name }));
  return [...forwardingOf(network), ...(network.pools.ipv6 === undefined ? [] : routers)];
}

/** Returns true if the node forwards packets of the network's pods. */
export function isForwarding(network: Pick<Network, 'pools'>, state: State): boolean {
  return forwardingOf(network).every((want) => {
    const seen = state.get(keyOf(want));
    return seen?.kind === 'sysctl' && seen.value === want.value;
  });
}
