/** Which rollout a node belongs to, and in which order nodes get a revision. Pure. */
import type { RolloutObject } from '../custom-resources.ts';
import type { ClusterNode } from './rollout.ts';
import { asRecord, recordsIn } from '../../model/objects.ts';
import type { ApiObject } from '../api/objects.ts';

/** Returns the rollouts, newest first: of several that select a node the newest one counts. */
export function newestFirst(rollouts: Iterable<RolloutObject>): readonly RolloutObject[] {
  return [...rollouts].toSorted((left, right) => {
    const [a, b] = [left, right].map(({ metadata }) => metadata.creationTimestamp ?? '');
    return (b ?? '').localeCompare(a ?? '') || left.metadata.name.localeCompare(right.metadata.name);
  });
}

/**
 * Returns the nodes of each rollout, zone by zone, in an order that stays.
 * Law: a node is in one rollout at most.
 */
export function assignNodes(
  rollouts: readonly RolloutObject[],
  nodes: Iterable<ClusterNode>,
): ReadonlyMap<string, readonly ClusterNode[]> {
  const assigned = new Map<string, ClusterNode[]>(rollouts.map(({ metadata }) => [metadata.name, []]));
  for (const node of nodes) {
    const rollout = rollouts.find((each) => isSelected(each, node));
    if (rollout !== undefined) assigned.get(rollout.metadata.name)?.push(node);
  }
  for (const list of assigned.values())
    list.sort((left, right) => left.zone.localeCompare(right.zone) || left.name.localeCompare(right.name));
  return assigned;
}

function isSelected({ spec: { nodeSelector = {} } }: RolloutObject, { labels }: ClusterNode): boolean {
  return Object.entries(nodeSelector).every(([label, value]) => labels[label] === value);
}

const ZONE = 'topology.kubernetes.io/zone';

/** Returns the node; its status is Ready unless a condition says otherwise. */
export function toClusterNode({ metadata, status }: ApiObject): ClusterNode {
  const { name, uid = '', labels = {} } = metadata;
  const ready = recordsIn(asRecord(status)['conditions']).find(({ type }) => type === 'Ready');
  const isReady = ready === undefined || ready['status'] === 'True';
  return { name, uid, labels, zone: labels[ZONE] ?? '', isReady };
}
