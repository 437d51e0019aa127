import { expect, it } from 'vitest';
import { scopeOfEndpoint } from '../../reconciler/model/scope.ts';
import { keyOf } from '../../reconciler/model/state.ts';
import type { Network } from '../../schemas/generated/vnet.ts';
import { documentOf, endpointOf, idOf, NETWORK } from '../support/node.ts';

const { uplink, pools } = NETWORK;
const NETWORKS: readonly Network[] = [
  NETWORK,
  { mode: 'transparent', uplink: { name: uplink.name, mac: uplink.mac }, pools },
  { mode: 'routed', bridge: { name: 'cbr0', mac: uplink.mac }, pools },
];

it.each(NETWORKS)(
  'an endpoint that leaves does not read what its network needs to be ready: mode $mode',
  (network) => {
    const document = documentOf([0], network);
    const leaving = endpointOf(0, { leaving: '2026-11-30T22:00:00.000Z' });
    const [there, gone] = [
      scopeOfEndpoint(document, idOf(0)),
      scopeOfEndpoint({ ...document, endpoints: { [idOf(0)]: leaving } }, idOf(0)),
    ];
    const keys = (scope: typeof there): readonly string[] => (scope?.entries ?? []).map(keyOf);
    const isRouting = network.mode !== 'bridge';
    expect(there?.sysctls.map(({ name }) => name)).toEqual(isRouting ? ['net/ipv4/ip_forward'] : []);
    expect(gone?.sysctls).toEqual([]);
    expect(keys(gone)).toEqual(keys(there).filter((key) => !key.startsWith('address ')));
    expect(keys(there).some((key) => key.startsWith('address '))).toBe(isRouting);
  },
);
