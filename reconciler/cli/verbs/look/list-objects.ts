/** Lists of kernel objects: bridges, and the kinds that have a list. Pure. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { derive } from '../../../model/derive.ts';
import { isEndpointOwner, podNameOf } from '../../../model/names.ts';
import { ALL_KINDS, kindOf } from '../../../model/kinds/registry.ts';
import { coreOf } from '../../../model/modes/cores.ts';
import { HOST, type LinkObject, type NetObject } from '../../../model/state.ts';
import { type Item, renderItemState } from './items.ts';
import type { List, Row } from '../../terminal/list.ts';

/** The side to list: desired, observed (live), or both. */
export type Side = 'desired' | 'live' | 'both';

/** Returns the desired objects as items that have not been observed. */
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

/**
 * Returns the list.
 * Shape: `items` come from desiredItems() or listItems(); the live side has only existing objects.
 */
export function listObjects(what: string, document: VnetDocument, items: readonly Item[], side: Side): List {
  const rows = items.flatMap((item): readonly Row[] => {
    const object = side === 'live' ? item.have : (item.want ?? item.have);
    const cells = object === undefined ? undefined : cellsOf(what, document, { item, object, items });
    if (object === undefined || cells === undefined) return [];
    const { key, owner, state, want, have, cause } = item;
    const value = side === 'both' ? { key, owner, state, cause, want, have } : { key, owner, ...object };
    const names = [...cells, owner ?? '', podOf(document, owner)];
    return [{ names, cells: side === 'both' ? [...cells, renderItemState(item)] : cells, value }];
  });
  return { headings: [...headingsOf(what), ...(side === 'both' ? ['STATE'] : [])], rows };
}

function headingsOf(what: string): readonly string[] {
  const list = ALL_KINDS.find((kind) => kind.list?.name === what)?.list;
  return list === undefined ? BRIDGE_HEADINGS : [...list.headings, 'POD'];
}

const BRIDGE_HEADINGS: readonly string[] = ['BRIDGE', 'NETWORK', 'MAC', 'MTU', 'UP', 'UPLINK', 'PORTS'];

type Listed = { readonly item: Item; readonly object: NetObject; readonly items: readonly Item[] };

function cellsOf(
  what: string,
  document: VnetDocument,
  { item, object, items }: Listed,
): readonly string[] | undefined {
  if (what === 'bridges' && object.kind === 'link' && object.type === 'bridge') {
    return bridgeCells(document, object, items);
  }
  const { list } = kindOf(object);
  return list?.name === what ? [...list.cells(object), podOf(document, item.owner)] : undefined;
}

function bridgeCells(document: VnetDocument, link: LinkObject, items: readonly Item[]): readonly string[] {
  const { network, uplink } = bridgesOf(document).get(link.name) ?? { network: '', uplink: '' };
  const ports = items.filter(({ want, have }) => {
    const port = want ?? have;
    return port?.kind === 'link' && port.netns === HOST && port.master === link.name && port.name !== uplink;
  });
  return [
    link.name,
    network,
    link.mac ?? '',
    String(link.mtuBytes ?? ''),
    link.up === false ? 'down' : 'up',
    uplink,
    String(ports.length),
  ];
}

/** Network and uplink by the name of their bridge. */
function bridgesOf({ networks }: VnetDocument): ReadonlyMap<string, { network: string; uplink: string }> {
  return new Map(
    Object.entries(networks).flatMap(([network, value]) => {
      const { bridge, uplink } = coreOf(value).links(value);
      return bridge === undefined ? [] : [[bridge.name, { network, uplink: uplink?.name ?? '' }] as const];
    }),
  );
}

/** Returns the pod of an object; empty for a network's object. */
function podOf(document: VnetDocument, owner: string | undefined): string {
  if (owner === undefined || !isEndpointOwner(owner)) return '';
  return podNameOf(owner, document.endpoints?.[owner]);
}
