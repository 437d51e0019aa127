/** The routers of a node that forwards IPv6. Pure. */
import type { Network } from '../../../../schemas/generated/vnet.ts';
import { RA_PROTOCOL } from '../../names.ts';
import { HOST, type NetObject, type State } from '../../state.ts';
import { forwardingOf } from './forwarding.ts';

/**
 * Returns the sysctls of forwarding, preceded by those that keep the node's own default route where it came in a router
 * advertisement: with accept_ra 1, the kernel deletes it as soon as the node forwards. With 0, another program
 * (systemd-networkd) receives the advertisements.
 * Source: accept_ra in ip-sysctl.rst of the kernel's documentation.
 */
export function forwardingObjects(
  network: Pick<Network, 'pools'>,
  seen: State = new Map(),
): readonly NetObject[] {
  const devices = new Set<string>();
  if (network.pools.ipv6 !== undefined) {
    for (const object of seen.values()) {
      if (object.kind !== 'route' || object.netns !== HOST || object.family !== 6) continue;
      if (object.to === 'default' && object.protocol === RA_PROTOCOL) devices.add(object.dev);
    }
  }
  const routers = Array.from(devices, (dev) => `net/ipv6/conf/${dev}/accept_ra`).filter((name) => {
    const setting = seen.get(`sysctl ${name}`);
    return setting?.kind === 'sysctl' && setting.value !== '0';
  });
  return [
    ...routers.map((name) => ({ kind: 'sysctl', netns: HOST, name, value: '2' }) as const),
    ...forwardingOf(network),
  ];
}
