/** The lists of kernel objects: bridges, routes, neighbours. Pure. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { derive } from '../../../model/derive.ts';
import { isEndpointId, podNameOf } from '../../../model/names.ts';
import {
  HOST,
  type LinkObject,
  type NeighbourObject,
  type NetObject,
  type RouteObject,
} from '../../../model/state.ts';
import { bridgeNetworks } from '../../../model/networks.ts';
import { protocolName } from '../../../plan/compare.ts';
import type { Side } from './commands-look.ts';
import { type Item, renderState } from './items.ts';
import type { List, Row } from '../../terminal/list.ts';

/** Which kernel objects can be listed. */
export type ObjectList = 'bridges' | 'routes' | 'neighbours';

/** Returns what the document wants, as items of which nothing has been seen. */
export function desiredItems(document: VnetDocument): readonly Item[] {
  const { state, owners } = derive(document, new Map());
  return Array.from(state, ([key, want]) => ({
    key,
    owner: owners.get(key),
    want,
    have: undefined,
    state: 'ok',
    differences: [],
  }));
}

/** Returns the list. Shape: `items` are desiredItems() or listItems(); of the live side only what is there counts. */
export function listObjects(
  what: ObjectList,
  document: VnetDocument,
  items: readonly Item[],
  side: Side,
): List {
  const rows = items.flatMap((item): readonly Row[] => {
    const object = side === 'live' ? item.have : (item.want ?? item.have);
    const cells = object === undefined ? undefined : cellsOf(what, document, { item, object, items });
    if (object === undefined || cells === undefined) return [];
    const { key, owner, state, want, have, cause } = item;
    const value = side === 'both' ? { key, owner, state, cause, want, have } : { key, owner, ...object };
    const names = [...cells, owner ?? '', podOf(document, owner)];
    return [{ names, cells: side === 'both' ? [...cells, renderState(item)] : cells, value }];
  });
  return { headings: [...HEADINGS[what], ...(side === 'both' ? ['STATE'] : [])], rows };
}

const HEADINGS: Readonly<Record<ObjectList, readonly string[]>> = {
  bridges: ['BRIDGE', 'NETWORK', 'MAC', 'MTU', 'UP', 'UPLINK', 'PORTS'],
  routes: ['TO', 'VIA', 'DEV', 'TABLE', 'METRIC', 'SRC', 'PROTOCOL', 'POD'],
  neighbours: ['ADDRESS', 'LLADDR', 'DEV', 'POD'],
};

type Listed = { readonly item: Item; readonly object: NetObject; readonly items: readonly Item[] };

function cellsOf(
  what: ObjectList,
  document: VnetDocument,
  { item, object, items }: Listed,
): readonly string[] | undefined {
  const pod = podOf(document, item.owner);
  if (what === 'bridges' && object.kind === 'link' && object.type === 'bridge') {
    return bridgeCells(document, object, items);
  }
  if (what === 'routes' && object.kind === 'route') return [...routeCells(object), pod];
  if (what === 'neighbours' && object.kind === 'neighbour') return [...neighbourCells(object), pod];
  return undefined;
}

function bridgeCells(document: VnetDocument, link: LinkObject, items: readonly Item[]): readonly string[] {
  const [network, { uplink }] = bridgeNetworks(document).find(
    ([, { bridge }]) => bridge.name === link.name,
  ) ?? ['', { uplink: { name: '' } }];
  const ports = items.filter(({ want, have }) => {
    const port = want ?? have;
    return (
      port?.kind === 'link' && port.netns === HOST && port.master === link.name && port.name !== uplink.name
    );
  });
  return [
    link.name,
    network,
    link.mac ?? '',
    String(link.mtuBytes ?? ''),
    link.up === false ? 'down' : 'up',
    uplink.name,
    String(ports.length),
  ];
}

function routeCells({ to, via, dev, table, metric, source, protocol }: RouteObject): readonly string[] {
  return [
    to,
    via ?? '',
    dev,
    table === 254 ? 'main' : String(table),
    metric === 0 ? '' : String(metric),
    source ?? '',
    protocol === undefined ? '' : protocolName(protocol),
  ];
}

function neighbourCells({ address, mac, dev }: NeighbourObject): readonly string[] {
  return [address, mac, dev];
}

/** Returns the pod that an object is for, empty for what is the network's. */
function podOf(document: VnetDocument, owner: string | undefined): string {
  if (owner === undefined || !isEndpointId(owner)) return '';
  return podNameOf(owner, document.endpoints?.[owner]);
}
