/** Two pods of a node without vnet: on a bridge, or each with a route to its veth, by ip(8). */
import { makeNetns, type Netns } from '../test/support/netns.ts';
import { PLAIN_PATHS } from './tasks.ts';
import type { TrafficFlow } from './traffic-work.ts';

/** The pods, in namespaces of their own. */
export type PlainPath = { readonly flow: TrafficFlow; readonly remove: () => void };

type Family = 4 | 6;

const NODE_MAC = 'aa:aa:aa:aa:aa:aa';
const HOPS = { 4: '169.254.1.1', 6: 'fe80::1234:5678:9abc' } as const;
const BITS = { 4: { subnet: 16, host: 32 }, 6: { subnet: 64, host: 128 } } as const;
const ADDRESSES = {
  4: ['10.77.0.2', '10.77.0.3'],
  6: ['fd00:77::2', 'fd00:77::3'],
} as const;

/** Returns two pods that reach each other on that path, beside as many others as there are pods. */
export function makePlainPath(kind: keyof typeof PLAIN_PATHS, family: Family, size: number): PlainPath {
  const name = `plain-${kind}-${family}-${size}`;
  const node = makeNetns(name);
  const pods = ADDRESSES[family].map((address, index) => {
    const mac = `02:00:00:00:77:0${index}`;
    return { netns: makeNetns(`${name}-${index}`), address, mac, veth: `veth${index}` };
  });
  const lines = pods.map(
    ({ netns, veth, mac }) =>
      `ip link add ${veth} address ${kind === 'veths' ? NODE_MAC : `06${mac.slice(2)}`} type veth peer name eth0 address ${mac} netns ${netns.name}; ip link set ${veth} up`,
  );
  node.mustExec(['sh', '-ec', lines.join('\n')]);
  for (const pod of pods) pod.netns.mustExec(['sh', '-ec', insideOf(kind, family, pod.address)]);
  node.mustExec([
    'sh',
    '-ec',
    kind === 'bridge'
      ? `ip link add br0 type bridge mcast_snooping 0; ip link set br0 up
         ${pods.map(({ veth }) => `ip link set ${veth} master br0`).join('\n')}`
      : `echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
         ${pods.map(({ veth, address, mac }) => `ip -${family} route add ${address} dev ${veth}; ip neigh add ${address} lladdr ${mac} nud permanent dev ${veth}`).join('\n')}`,
  ]);
  const others = makeOthers(node, kind, family, size - pods.length);
  const [to, from] = pods.map(({ netns, address }) => ({ netns: netns.path, address }));
  if (from === undefined || to === undefined) throw new Error('no pods');
  const remove = (): void => {
    for (const { netns } of pods) netns.remove();
    others?.remove();
    node.remove();
  };
  return { flow: { from, to }, remove };
}

/** Returns the namespace of the peers of further veths on the path, each with an entry of its own; undefined without any. */
function makeOthers(
  node: Netns,
  kind: keyof typeof PLAIN_PATHS,
  family: Family,
  count: number,
): Netns | undefined {
  if (count <= 0) return undefined;
  const others = makeNetns(`${node.name}-others`);
  const numbers = Array.from({ length: count }, (_, index) => index);
  const hex = (index: number): string => (index + 16).toString(16).padStart(4, '0');
  const link = (index: number): string => {
    const [veth, byte] = [`other${index}`, hex(index).replace(/(..)(..)/, '$1:$2')];
    const address = family === 4 ? `10.77.1.${index}` : `fd00:77::1:${hex(index)}`;
    const mac = `02:00:00:01:${byte}`;
    const own = kind === 'veths' ? NODE_MAC : `06:00:00:01:${byte}`;
    return [
      `link add ${veth} address ${own} type veth peer name eth${index} address ${mac} netns ${others.name}`,
      `link set ${veth} up`,
      ...(kind === 'bridge'
        ? [`link set ${veth} master br0`, `neigh add ${address} lladdr ${mac} nud permanent dev br0`]
        : [
            `route add ${address} dev ${veth}`,
            `neigh add ${address} lladdr ${mac} nud permanent dev ${veth}`,
          ]),
    ].join('\n');
  };
  node.mustExec(['ip', '-batch', '-'], { input: `${numbers.map(link).join('\n')}\n` });
  const up = numbers.map((index) => `link set eth${index} up`).join('\n');
  others.mustExec(['ip', '-batch', '-'], { input: `${up}\n` });
  return others;
}

/** The commands in the namespace of the pod. */
function insideOf(kind: keyof typeof PLAIN_PATHS, family: Family, address: string): string {
  const { subnet, host } = BITS[family];
  const nodad = family === 6 ? 'nodad' : '';
  const up = `sysctl -qw net.ipv6.conf.eth0.accept_dad=0; ip link set eth0 up`;
  if (kind === 'bridge') return `${up}; ip addr add ${address}/${subnet} dev eth0 ${nodad}`;
  const hop = HOPS[family];
  return `${up}; ip addr add ${address}/${host} dev eth0 ${nodad}
    ip neigh add ${hop} lladdr ${NODE_MAC} nud permanent dev eth0
    ${family === 4 ? `ip route add ${hop} dev eth0 scope link` : ''}
    ip -${family} route add default via ${hop} dev eth0`;
}
