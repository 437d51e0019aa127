/**
 * Packets between pods of one node by way of the fabric, so that network security groups apply to them (`sameNode: fabric`;
 * azure-vnet's modes tunnel and transparent-tunnel). Pure.
 */
import type { BridgeNetwork, TransparentNetwork } from '../../../../schemas/generated/vnet.ts';
import { poolsOf } from '../../addresses/families.ts';
import type { NftSets } from '../../kinds/nft-element.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import type { NftFragment } from '../../nft-table.ts';
import { HOST, keyOf, type NetObject, type State } from '../../state.ts';
import type { Located, ValueConflict } from '../mode.ts';
import { isFabricGateway } from './off-link.ts';
import { hostNeighbour, routeIn } from './routes.ts';
import { FABRIC_MAC, reversePathFilter, USUAL_FILTER } from './same-node.ts';

/** kube-proxy's mark of packets that it will masquerade. Source: iptables-masquerade-bit 14 of kube-proxy(8). */
const MASQUERADE_MARK = 0x4000;

/** The defaults of the section `fabric`. */
const NUMBERS = { mark: 0x100000, table: 118, priority: 1180 } as const;

/** A network with the option. */
type FabricNetwork = Pick<TransparentNetwork, 'sameNode' | 'fabric' | 'pools' | 'uplink'>;

function numbersOf({
  fabric,
}: Pick<TransparentNetwork, 'fabric'>): Readonly<Record<keyof typeof NUMBERS, number>> {
  return { ...NUMBERS, ...fabric };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Returns the MAC of Azure's gateway on the uplink, which may be silent. */
export function fabricNeighbours({
  pools,
  uplink,
}: Pick<FabricNetwork, 'pools' | 'uplink'>): readonly NetObject[] {
  return poolsOf({ pools }).flatMap(({ pool: { gateway } }) =>
    isFabricGateway(gateway) ? [hostNeighbour(uplink.name, gateway, FABRIC_MAC)] : [],
  );
}

/**
 * Returns the objects of a network that routes to its pods: the default route of marked packets by the uplink, the rule that
 * looks it up, the MAC of Azure's gateway, which may be silent, and the loose filter of reverse paths, since packets come back by the
 * uplink with the source of a pod.
 */
export function fabricObjects(network: FabricNetwork): readonly NetObject[] {
  if (network.sameNode !== 'fabric') return [];
  const { mark, table, priority } = numbersOf(network);
  const { name: dev } = network.uplink;
  const ways = poolsOf(network).flatMap(({ family, pool }): readonly NetObject[] => [
    routeIn(
      { to: 'default', via: pool.gateway, table, onLink: true },
      { netns: HOST, dev, protocol: VNET_PROTOCOL },
    ),
    { kind: 'rule', netns: HOST, family, priority, mark, mask: mark, table, protocol: VNET_PROTOCOL },
  ]);
  const filter = { kind: 'sysctl', ...reversePathFilter(network.uplink), value: '2' } as const;
  return [...ways, ...fabricNeighbours(network), ...(network.pools.ipv4 === undefined ? [] : [filter])];
}

/**
 * Returns the value that every other interface has for the filter of reverse paths, while the rule of a network that no longer has
 * the option is still there: its deletion follows. `seen` is the observed State.
 */
export function restoredFilter(network: FabricNetwork, seen: State): readonly NetObject[] {
  if (network.sameNode === 'fabric' || network.pools.ipv4 === undefined) return [];
  const isFormer = Array.from(seen.values()).some(
    (object) =>
      object.kind === 'rule' &&
      object.netns === HOST &&
      object.protocol === VNET_PROTOCOL &&
      object.mark !== undefined,
  );
  const usual = isFormer ? seen.get(keyOf({ kind: 'sysctl', ...USUAL_FILTER, value: '' })) : undefined;
  return usual?.kind === 'sysctl'
    ? [{ kind: 'sysctl', ...reversePathFilter(network.uplink), value: usual.value }]
    : [];
}

/** Answers and translated packets of a Service stay on the node: the fabric does not know its address. */
const ANSWERS = 'ct direction reply ct status dnat';

/**
 * Returns the rules of a network that routes to its pods: they mark packets from a pod of the node to another. Packets from the fabric are
 * not tracked: the connection is known from its packets to the fabric. A packet that returns to its own pod stays, and one that will have
 * the node's address, since the node drops packets from itself.
 * Source: nft(8); conntrack is at priority -200, dstnat at -100.
 */
export function fabricRules(network: FabricNetwork, sets: NftSets): readonly NftFragment[] {
  if (network.sameNode !== 'fabric') return [];
  const { mark } = numbersOf(network);
  const from = `iifname "${network.uplink.name}"`;
  const others = `iifname != "${network.uplink.name}"`;
  const raw = 'type filter hook prerouting priority -310; policy accept;';
  const routing = 'type filter hook prerouting priority -90; policy accept;';
  const [to, to6] = ['ip daddr @fabric_pods', 'meta nfproto ipv6 @nh,192,128 @fabric_pods6'];
  return [
    {
      family: 'inet',
      sets,
      chains: {
        prerouting: {
          hook: raw,
          rules: {
            returning: `${from} ip saddr @fabric_pods ${to} notrack`,
            returning6: `${from} meta nfproto ipv6 @nh,64,128 @fabric_pods6 @nh,192,128 @fabric_pods6 notrack`,
          },
        },
        to_fabric: {
          hook: '',
          rules: {
            answers: `${ANSWERS} return`,
            masqueraded: 'ct status snat return',
            'to-masquerade': `meta mark & ${hex(MASQUERADE_MARK)} != 0 return`,
            mark: `meta mark set meta mark | ${hex(mark)}`,
          },
        },
        same_node: {
          hook: routing,
          rules: {
            pods: `${others} ${to} iifname . ip daddr != @routed_port_ips iifname . ip saddr @routed_port_ips jump to_fabric`,
            pods6: `${others} ${to6} iifname . @nh,192,128 != @routed_port_ips6 iifname . @nh,64,128 @routed_port_ips6 jump to_fabric`,
          },
        },
      },
    },
  ];
}

/**
 * Returns the rules of a network whose uplink is in its bridge: frames from a pod of the node to another get the MAC of the
 * fabric. With br_netfilter, the answers of a Service are marked when connection tracking sees them, and stay in the bridge.
 * Source: nft(8), family bridge; br_netfilter is at priority 0.
 */
export function tunnelRules({ sameNode, uplink }: BridgeNetwork, sets: NftSets): readonly NftFragment[] {
  if (sameNode !== 'fabric') return [];
  const { mark } = NUMBERS;
  const from = `iifname != "${uplink.name}" meta mark & ${hex(mark)} == 0`;
  return [
    {
      family: 'inet',
      sets: {},
      chains: {
        same_node: {
          hook: 'type filter hook prerouting priority -90; policy accept;',
          rules: { answers: `${ANSWERS} meta mark set meta mark | ${hex(mark)}` },
        },
      },
    },
    {
      family: 'bridge',
      sets,
      chains: {
        same_node: {
          hook: 'type filter hook prerouting priority 100; policy accept;',
          rules: {
            // Neighbour discovery does not pass a router.
            discovery: 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
            pods: `${from} ip daddr @tunnel_pods ether daddr set ${FABRIC_MAC}`,
            pods6: `${from} ether type ip6 @nh,192,128 @tunnel_pods6 ether daddr set ${FABRIC_MAC}`,
          },
        },
      },
    },
  ];
}

/** Returns the value that only one network of the node may have: its packets have one mark. */
export function fabricClaims({ sameNode }: Pick<BridgeNetwork, 'sameNode'>): readonly Located<string>[] {
  return sameNode === 'fabric' ? [{ path: ['sameNode'], value: 'sameNode: fabric' }] : [];
}

/** Returns the conflicts of the section `fabric`. */
export function fabricConflicts({ fabric }: Pick<TransparentNetwork, 'fabric'>): readonly ValueConflict[] {
  const { mark = NUMBERS.mark } = fabric ?? {};
  const isBit = Number.isInteger(Math.log2(mark));
  if (isBit && mark !== MASQUERADE_MARK && mark !== MASQUERADE_MARK * 2) return [];
  const why = isBit ? 'is one of kube-proxy' : 'is not a single bit';
  const hint = `choose a bit that no other program uses, such as ${hex(NUMBERS.mark)}`;
  return [{ path: ['fabric', 'mark'], message: `the mark ${hex(mark)} ${why}`, hint }];
}

/** Returns the fact for a picture. */
export function sameNodeFact(sameNode: BridgeNetwork['sameNode']): readonly string[] {
  return sameNode === 'fabric' ? ['pods of the node by the fabric'] : [];
}
