/** A Node of Kubernetes, as far as rollouts need it. Pure. */
import { isRecord } from '../../model/objects.ts';
import type { ApiObject } from '../api/objects.ts';
import type { ClusterNode } from './rollout.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** Returns the node; its status is Ready unless a condition says otherwise. */
export function toClusterNode({ metadata, status }: ApiObject): ClusterNode {
  const { name, uid = '', labels = {} } = metadata;
  const conditions: unknown = isRecord(status) ? status['conditions'] : undefined;
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const ready = list.find((condition) => isRecord(condition) && condition['type'] === 'Ready');
  const isReady = !isRecord(ready) || ready['status'] === 'True';
  return { name, uid, labels, zone: labels[ZONE] ?? '', isReady };
}
