/** Changes that an administrator or another tool may make at any time, chosen by a seed. */
import type { LiveNode } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';

/** Returns a generator of numbers below its argument, reproducible by the seed. */
export function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Returns command lines that each break an existing object of the node or its pods. */
export function chooseDrift(
  node: LiveNode,
  pods: readonly Netns[],
  chance: (below: number) => number,
): readonly string[] {
  const veths = node.veths();
  const endpoints = Object.values(node.document()?.endpoints ?? {});
  const veth = (): string => veths[chance(veths.length)] ?? 'azure0';
  const pod = (): string => pods[chance(pods.length)]?.name ?? '';
  const address = (): string => `10.240.0.${36 + chance(pods.length)}`;
  const ways: readonly (() => string)[] = [
    () => `ip link set ${veth()} nomaster`,
    () => `ip link set ${veth()} down`,
    () => `ip link set ${veth()} mtu ${1300 + chance(100)}`,
    () => `ip link set ${veth()} alias other`,
    () => `ip link del ${veth()}`,
    () => `ip neigh del ${address()} dev azure0`,
    () => `ip neigh replace ${address()} lladdr 02:00:00:00:00:01 dev azure0 nud permanent`,
    () => 'ip neigh flush dev azure0 nud permanent',
    () => `bridge fdb del ${endpoints[chance(endpoints.length)]?.mac ?? ''} dev ${veth()} master`,
    () => `bridge link set dev ${veth()} hairpin off`,
    () => 'ip link set azure0 down',
    () => 'ip link del azure0',
    () => 'ip route del default',
    () => 'ip route replace default via 10.240.0.9 dev azure0',
    () => 'ip addr flush dev azure0',
    () => 'ip addr add 10.240.0.35/16 dev eth0',
    () => 'ip link set eth0 nomaster',
    () => 'ip link set eth0 down',
    () => 'nft flush ruleset',
    () => 'nft flush chain bridge vnet prerouting',
    () => 'nft delete table bridge vnet',
    () => `nft delete element bridge vnet pods { ${address()} }`,
    () => `ip -n ${pod()} route del default`,
    () => `ip -n ${pod()} addr flush dev eth0`,
    () => `ip -n ${pod()} link set eth0 down`,
  ];
  return Array.from({ length: 1 + chance(6) }, () => ways[chance(ways.length)]?.() ?? 'true');
}
