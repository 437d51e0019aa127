/**
 * Routing by source address (`sourceRouting`): packets of a network's pods leave by its uplink where the node's default route leads
 * elsewhere, to another NIC. Azure drops a packet from the wrong NIC. Pure.
 */
import type { TransparentNetwork } from '../../../../schemas/generated/vnet.ts';
import { type Family, isInRange, parseAddress, parsePrefix, withoutLength } from '../../addresses/address.ts';
import { poolsOf } from '../../addresses/families.ts';
import { devicesOf, MAIN_TABLE } from '../../kinds/route.ts';
import { attributesOf } from '../../kinds/words/attributes.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import { HOST, type NetObject, type RouteObject, type State } from '../../state.ts';
import type { Located } from '../mode.ts';
import { fabricNeighbours } from '../parts/fabric.ts';
import { SOURCE_TABLE } from './core.ts';

/** The defaults of the section `sourceRouting`. */
const SOURCE_NUMBERS = { table: SOURCE_TABLE, priority: 1190 } as const;

/** The parts of a network that its way out depends on. */
type SourceRouted = Pick<TransparentNetwork, 'sourceRouting' | 'pools' | 'uplink'>;

/** Azure's DNS and DHCP server. DHCP gives the node a route to this single address, by the first NIC. */
const PLATFORM = '168.63.129.16/32';

/**
 * Returns the rules of a network with the section, for packets from the subnet, and the MAC of Azure's gateway; the routes are needed
 * by each ADD, and in the core. The rule of the main table finds only the routes of single addresses there, those of pods: all others, such as the subnet of
 * another NIC, would lead to the wrong one.
 */
export function sourceRoutingObjects(network: SourceRouted): readonly NetObject[] {
  if (network.sourceRouting === undefined) return [];
  const { table, priority } = { ...SOURCE_NUMBERS, ...network.sourceRouting };
  const rules = poolsOf(network).flatMap(({ family, pool }) => {
    const rule = { kind: 'rule', netns: HOST, family, from: pool.subnet, protocol: VNET_PROTOCOL } as const;
    const rest = attributesOf('rule', [`suppress_prefixlength ${family === 4 ? 31 : 127}`]);
    return [
      ...(family === 4 ? [{ ...rule, priority, to: PLATFORM, table }] : []),
      { ...rule, priority: priority + 1, table: MAIN_TABLE, rest },
      { ...rule, priority: priority + 2, table },
    ];
  });
  return [...fabricNeighbours(network), ...rules];
}

/** Returns the value that only one network of the node may have: its table. */
export function sourceRoutingClaims({ sourceRouting }: SourceRouted): readonly Located<string>[] {
  if (sourceRouting === undefined) return [];
  const path = sourceRouting.table === undefined ? ['sourceRouting'] : ['sourceRouting', 'table'];
  return [{ path, value: `routing table ${sourceRouting.table ?? SOURCE_NUMBERS.table}` }];
}

/** Returns the section for a new network, with a table that the node does not use; empty if the uplink has the default route. */
export function firstSourceRouting(
  network: SourceRouted,
  state: State,
): Pick<TransparentNetwork, 'sourceRouting'> {
  if (otherWayOut(network, state) === undefined) return {};
  const used = new Set(
    Array.from(state.values()).flatMap((one) =>
      one.kind === 'route' || one.kind === 'rule' ? [one.table] : [],
    ),
  );
  let table: number = SOURCE_NUMBERS.table;
  while (used.has(table)) table += 1;
  return { sourceRouting: { table } };
}

/**
 * Returns the device by which packets of the network's pods leave for other networks, in the place of its uplink; undefined if it is the
 * uplink, or if rules of this network or of the administrator choose the way by source address.
 */
export function otherWayOut(network: SourceRouted, state: State): string | undefined {
  if (network.sourceRouting !== undefined) return undefined;
  const seen = Array.from(state.values()).filter(({ netns }) => netns === HOST);
  for (const { family, pool } of poolsOf(network)) {
    const first = parseAddress(withoutLength(pool.subnet));
    const isRuled = seen.some((one) => {
      const from = one.kind === 'rule' && one.family === family ? parsePrefix(one.from ?? '') : undefined;
      return from !== undefined && first !== undefined && isInRange(first, from);
    });
    const defaults = seen.flatMap((one) => (isDefault(one, family) ? [one] : []));
    const least = Math.min(...defaults.map(({ metric }) => metric));
    const other = defaults.find(
      (one) => one.metric === least && !devicesOf(one).includes(network.uplink.name),
    );
    if (other !== undefined && !isRuled) return other.dev;
  }
  return undefined;
}

function isDefault(one: NetObject, family: Family): one is RouteObject {
  return one.kind === 'route' && one.family === family && one.to === 'default' && one.table === MAIN_TABLE;
}
