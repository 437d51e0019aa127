/** Custom resource definitions on a real server. */
import type { ApiClient } from '../../../reconciler/cluster/api/client.ts';
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import type { Resource } from '../../../reconciler/cluster/api/resources.ts';
import type { ApiFailure, Transport } from '../../../reconciler/cluster/api/transport.ts';
import { ok, type Result } from '../../../reconciler/model/result.ts';
import { follow } from './follow.ts';

const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  isNamespaced: false,
};

type Condition = { readonly type: string; readonly status: string };

/** Applies the definition and resolves when the server serves its resource. */
export async function establish(
  client: ApiClient,
  transport: Transport,
  definition: ApiObject,
): Promise<Result<void, ApiFailure>> {
  const applied = await client.apply(DEFINITIONS, definition, { manager: 'test' });
  if (!applied.ok) return applied;
  const { name } = definition.metadata;
  const followed = follow(transport, DEFINITIONS, { query: { fieldSelector: `metadata.name=${name}` } });
  const isEstablished = (): boolean => {
    const status = followed.reflector.cache.get(name)?.['status'] as { conditions?: Condition[] } | undefined;
    return status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True') === true;
  };
  await followed.until(isEstablished);
  await followed.stop();
  return ok(undefined);
}
