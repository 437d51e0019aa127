/** The API servers against which the lab's nodes form a cluster: the fake one, and a real one where it is found. */
import type { ClusterAccess } from '../../reconciler/cluster/api/access.ts';
import { createApiClient, type ApiClient } from '../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../reconciler/cluster/api/clock.ts';
import { openTransport } from '../../reconciler/cluster/api/https.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS } from '../../reconciler/cluster/api/resources.ts';
import type { Transport } from '../../reconciler/cluster/api/transport.ts';
import { must } from '../support/must.ts';
import { establish } from './contract/establish.ts';
import { openRealServer, realServer } from './contract/real-server.ts';
import { serveFake } from './fake/http.ts';
import { openVnetCluster } from './fake/vnet-cluster.ts';
import { objectsOf, resourceOf } from './manifests.ts';

/** The users of the cluster. */
type User = 'admin' | 'agent' | 'controller';

/** A server with the custom resources. Shape: `kubeconfig` is for kubectl; undefined: the server is too simple for it. */
export type LabServer = {
  readonly port: number;
  readonly transport: Transport;
  readonly admin: ApiClient;
  readonly accessOf: (user: User) => ClusterAccess;
  readonly kubeconfig: string | undefined;
  readonly close: () => Promise<void>;
};

async function openFake(): Promise<LabServer> {
  const cluster = openVnetCluster(createApiClock(), [PODS, NAMESPACES, NETWORK_POLICIES]);
  const server = await serveFake(cluster);
  const access: ClusterAccess = { server: server.url };
  const transport = openTransport(access, 'admin');
  return {
    port: Number(new URL(server.url).port),
    transport,
    admin: createApiClient(transport),
    accessOf: () => access,
    kubeconfig: undefined,
    close: async () => {
      transport.close();
      await server.close();
    },
  };
}

async function openReal(): Promise<LabServer> {
  const server = await openRealServer();
  const transport = openTransport(server.access, 'admin');
  const admin = createApiClient(transport);
  for (const definition of objectsOf('crds')) must(await establish(admin, transport, definition));
  for (const object of objectsOf('rbac'))
    must(await admin.apply(resourceOf(object), object, { manager: 'admin' }));
  return {
    port: Number(new URL(server.access.server).port),
    transport,
    admin,
    accessOf: (user) => server.accessOf(`${user}-token`),
    kubeconfig: server.kubeconfig,
    close: async () => {
      transport.close();
      await server.close();
    },
  };
}

/** The servers by name; `open` is undefined where there is none. */
export const LAB_SERVERS = [
  { server: 'the fake API server', open: openFake },
  { server: 'a real kube-apiserver', open: realServer === undefined ? undefined : openReal },
] as const;

/** Returns the access as a kubeconfig. */
export function kubeconfigOf({ server, authority, token, serverName }: ClusterAccess): string {
  const file = authority !== undefined && 'file' in authority ? authority.file : undefined;
  const text = token !== undefined && 'text' in token ? token.text : undefined;
  const cluster = {
    server,
    ...(file === undefined ? {} : { 'certificate-authority': file }),
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
  };
  return JSON.stringify({
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: 'me', user: text === undefined ? {} : { token: text } }],
  });
}
