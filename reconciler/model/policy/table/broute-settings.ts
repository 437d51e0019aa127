/** The sysctls without which frames of policed pods on a bridge do not pass the IP layer. Pure. */
import type { Network, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { coreOf } from '../../modes/cores.ts';
import { forwardingOf } from '../../modes/parts/forwarding.ts';
import { HOST, type SysctlObject } from '../../state.ts';

/** Without it, the node tells a pod to send to its neighbour directly. Source: ip_forward() of the kernel asks for both. */
const REDIRECTING = ['all', '*'];

/** Returns the sysctls of a network whose pods are ports of the bridge. */
export function brouteSettings(network: Network, bridge: string): readonly SysctlObject[] {
  return [
    ...forwardingOf(network),
    ...REDIRECTING.map((dev): SysctlObject => {
      const name = `net/ipv4/conf/${dev.replace('*', bridge)}/send_redirects`;
      return { kind: 'sysctl', netns: HOST, name, value: '0' };
    }),
  ];
}

/** Returns the sysctls to observe for the document. */
export function brouteScope({ policy, networks }: VnetDocument): readonly SysctlObject[] {
  if (policy?.enforce !== true) return [];
  return Object.values(networks).flatMap((network) => {
    const { bridge } = coreOf(network).links(network);
    return bridge === undefined ? [] : brouteSettings(network, bridge.name);
  });
}
