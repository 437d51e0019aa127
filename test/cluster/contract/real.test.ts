import { describe } from 'vitest';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { openTransport } from '../../../reconciler/cluster/api/https.ts';
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { must } from '../../support/must.ts';
import { describeApi, WIDGETS } from './contract.ts';
import { establish } from './establish.ts';
import { openRealServer, realServer } from './real-server.ts';

const { group, version, plural, kind } = WIDGETS;

const DEFINITION: ApiObject = {
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Cluster',
    names: { plural, kind, singular: 'widget', listKind: 'WidgetList' },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' }, color: { type: 'string' } },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

describe.skipIf(realServer === undefined)('a real kube-apiserver and etcd', () => {
  describeApi('kube-apiserver', async () => {
    const server = await openRealServer();
    const transport = openTransport(server.access, 'vnet-contract');
    must(await establish(createApiClient(transport), transport, DEFINITION));
    transport.close();
    return server;
  });
});
