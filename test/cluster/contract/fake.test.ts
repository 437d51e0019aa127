import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import { FakeCluster } from '../fake/cluster.ts';
import { serveFake } from '../fake/http.ts';
import { describeApi, WIDGETS } from './contract.ts';

describeApi('fake server', async () => {
  const check = (object: ApiObject): readonly string[] => {
    const { size } = object['spec'] as { size?: unknown };
    return size === undefined || typeof size === 'number' ? [] : ['spec.size: must be of type integer'];
  };
  const cluster = new FakeCluster([{ resource: WIDGETS, hasStatus: true, check }], createApiClock());
  cluster.tokens = new Set(['right']);
  cluster.bookmarkMs = 2000;
  const server = await serveFake(cluster);
  return { access: { server: server.url, token: { text: 'right' } }, close: server.close };
});
