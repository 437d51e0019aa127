/** A fake cluster with the resources that agent and controller use. */
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { EVENTS, LEASES, NODES, type Resource } from '../../../reconciler/cluster/api/resources.ts';
import type { ApiClock } from '../../../reconciler/cluster/api/transport.ts';
import {
  NETWORK_REVISIONS,
  NETWORK_ROLLOUTS,
  NODE_NETWORKS,
  type NodeNetworkStatus,
  toNodeNetwork,
} from '../../../reconciler/cluster/custom-resources.ts';
import { must } from '../../support/must.ts';
import { createApiClient, type ApiClient } from '../../../reconciler/cluster/api/client.ts';
import { FakeCluster } from './cluster.ts';
import { inProcess } from './in-process.ts';

export function openVnetCluster(clock: ApiClock, more: readonly Resource[] = []): FakeCluster {
  return new FakeCluster(
    [
      { resource: NODES, hasStatus: true },
      { resource: LEASES },
      { resource: EVENTS },
      { resource: NODE_NETWORKS, hasStatus: true },
      { resource: NETWORK_ROLLOUTS, hasStatus: true },
      { resource: NETWORK_REVISIONS },
      ...more.map((resource) => ({ resource })),
    ],
    clock,
  );
}

export function adminOf(cluster: FakeCluster): ApiClient {
  return createApiClient(inProcess(cluster, { isDown: false, isSilent: false }));
}

export async function addRevision(client: ApiClient, name: string, document: object): Promise<void> {
  must(
    await client.create(NETWORK_REVISIONS, {
      metadata: { name },
      spec: { document, reason: `test ${name}` },
    }),
  );
}

/** Wants a revision for the node, as the controller does. */
export async function want(client: ApiClient, node: string, spec: object): Promise<ApiObject> {
  const options = { manager: 'vnet-controller', isForced: true };
  return must(await client.apply(NODE_NETWORKS, { metadata: { name: node }, spec }, options));
}

export async function statusOf(client: ApiClient, node: string): Promise<NodeNetworkStatus> {
  const object = must(await client.get(NODE_NETWORKS, { name: node }));
  return toNodeNetwork(object).status ?? {};
}

/** The conditions as `Ready=True Converged, …`. */
export function conditionsOf({ conditions = [] }: NodeNetworkStatus): Readonly<Record<string, string>> {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}
