/** Lists from the document: endpoints, networks, pool, reservations. Pure. */
import type { Endpoint, Reservation, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { coreOf } from '../../../model/modes/cores.ts';
import { parseEndpointId } from '../../../model/names.ts';
import { isReleased } from '../../../model/networks.ts';
import { normaliseAddress, withoutLength } from '../../../model/addresses/address.ts';
import { gatewaysOf, poolKey, poolsOf } from '../../../model/addresses/families.ts';
import { describePools, type PoolSummary } from '../../../model/addresses/pool-summary.ts';
import { renderBandwidth } from '../../../model/modes/parts/bandwidth.ts';
import type { EndpointView } from './describe.ts';
import type { List, Row } from '../../terminal/list.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Returns the endpoints with their links from pod to bridge. */
export function listEndpoints(document: VnetDocument, endpoints: readonly EndpointView[]): List {
  return {
    headings: ['POD', 'CONTAINER', 'NETNS', 'INTERFACE', 'HOST VETH', 'BRIDGE', 'MAC', 'ADDRESSES', 'STATE'],
    wide: ['NETWORK', 'GATEWAY', 'BANDWIDTH', 'INODE', 'ADDED', 'ID'],
    rows: endpoints.map((view) => endpointRow(view, document.endpoints?.[view.id])),
  };
}

function endpointRow(view: EndpointView, endpoint: Endpoint | undefined): Row {
  const { pod, containerId, netns, ifName, hostVeth, bridge, mac, addresses, state } = view;
  const shortNetns = netns.split('/').at(-1) ?? '';
  const lengthless = addresses.map((address) => address.split('/')[0] ?? '');
  return {
    names: [
      view.id,
      view.network,
      pod,
      pod.split('/')[1] ?? '',
      containerId,
      netns,
      shortNetns,
      hostVeth,
      mac,
      ...addresses,
      ...lengthless,
    ],
    cells: [
      pod,
      containerId.slice(0, 12),
      shortNetns,
      ifName,
      hostVeth,
      bridge,
      mac,
      addresses.join(' '),
      state,
    ],
    wide: [
      view.network,
      endpoint === undefined ? '' : gatewaysOf(endpoint).join(','),
      renderBandwidth(endpoint?.bandwidth),
      String(endpoint?.netnsInode ?? ''),
      view.added,
      view.id,
    ],
    value: view,
  };
}

/** Facts besides the document. Shape: `own` are the addresses of the node, `answered` those of other machines, if known. */
export type PoolFacts = {
  readonly now: Date;
  readonly own: readonly string[] | undefined;
  readonly answered: (network: string) => readonly string[] | undefined;
};

/** Returns the networks. Shape: `states` has each network's state of convergence. */
export function listNetworks(
  document: VnetDocument,
  states: ReadonlyMap<string, string>,
  { now, own, answered }: PoolFacts,
): List {
  return {
    headings: [
      'NETWORK',
      'MODE',
      'UPLINK',
      'BRIDGE',
      'SUBNET',
      'GATEWAY',
      'MTU',
      'ENDPOINTS',
      'USED',
      'FREE',
      'STATE',
    ],
    rows: Object.entries(document.networks).map(([name, network]) => {
      const mode = coreOf(network);
      const { uplink, bridge } = mode.links(network);
      const uses = describePools(document, name, now, { own, answered: answered(name) });
      const pools = poolsOf(network).map(({ pool }) => pool);
      const counts = Object.fromEntries(uses.map((use) => [poolKey(use.family), use.counts]));
      const endpoints = Object.keys(document.endpoints ?? {}).filter(
        (id) => parseEndpointId(id).network === name,
      );
      const state = isReleased(network) ? 'released' : (states.get(name) ?? '');
      return {
        names: [name, uplink?.name ?? '', bridge?.name ?? ''],
        cells: [
          name,
          network.mode,
          uplink?.name ?? '',
          bridge?.name ?? '',
          pools.map(({ subnet }) => subnet).join(','),
          pools.map(({ gateway }) => gateway).join(','),
          String(mode.attach?.mtuBytes(network) ?? ''),
          String(endpoints.length),
          uses.map((use) => use.counts.used).join(','),
          uses.map((use) => use.counts.free).join(','),
          state,
        ],
        value: { name, ...network, endpoints: endpoints.length, counts, state },
      };
    }),
  };
}

/**
 * Returns all addresses of the pools: leased ones one by one, quarantined and free ones and those of the node and of other
 * machines as ranges.
 */
export function listPool(document: VnetDocument, { now, own, answered }: PoolFacts): List {
  return {
    headings: ['NETWORK', 'ADDRESS', 'STATE', 'POD', 'ENDPOINT'],
    rows: Object.keys(document.networks).flatMap((name) =>
      describePools(document, name, now, { own, answered: answered(name) }).flatMap(poolRows),
    ),
  };
}

function poolRows(pool: PoolSummary): readonly Row[] {
  const row = (address: string, state: string, pod = '', endpoint = ''): Row => ({
    names: [pool.network, address, state, pod, endpoint],
    cells: [pool.network, address, state, pod, endpoint],
    value: {
      network: pool.network,
      address,
      state,
      ...omitUndefined({ pod: pod || undefined, endpoint: endpoint || undefined }),
    },
  });
  return [
    ...pool.used.map(({ address, endpoint, pod }) => row(address, 'used', pod, endpoint)),
    ...pool.leaving.map(({ address, endpoint, pod }) => row(address, 'leaving', pod, endpoint)),
    ...pool.withdrawn.map(({ address, endpoint, pod }) => row(address, 'withdrawn', pod, endpoint)),
    ...pool.reserved.map(({ address, pod }) => row(address, 'reserved', pod)),
    ...pool.quarantined.map((range) => row(range, 'quarantined')),
    ...pool.free.map((range) => row(range, 'free')),
    ...pool.node.map((range) => row(range, 'node')),
    ...pool.answered.map((range) => row(range, 'answered')),
  ];
}

/** Returns the reservations with their present holders. */
export function listReservations(document: VnetDocument): List {
  const holders = new Map(
    Object.entries(document.endpoints ?? {}).flatMap(([id, { addresses, pod }]) =>
      addresses.map(
        (address) =>
          [`${parseEndpointId(id).network}/${normaliseAddress(withoutLength(address))}`, pod ?? id] as const,
      ),
    ),
  );
  return {
    headings: ['NETWORK', 'POD', 'INTERFACE', 'ADDRESS', 'MAC', 'RETAIN', 'STATE'],
    rows: Object.entries(document.networks).flatMap(([network, { reservations = [] }]) =>
      reservations.map((one) => {
        const held = one.addresses.flatMap(
          (address) => holders.get(`${network}/${normaliseAddress(address)}`) ?? [],
        );
        return reservationRow(network, one, held[0]);
      }),
    ),
  };
}

function reservationRow(network: string, one: Reservation, holder: string | undefined): Row {
  const { pod, ifName = 'eth0', addresses, mac = '', retainSeconds } = one;
  const state = holder === undefined ? 'waiting' : holder === pod ? 'in use' : `leased to ${holder}`;
  return {
    names: [network, pod, ...addresses, mac],
    cells: [
      network,
      pod,
      ifName,
      addresses.join(','),
      mac,
      retainSeconds === undefined ? 'unlimited' : `${retainSeconds}s`,
      state,
    ],
    value: { network, ...one, state },
  };
}
