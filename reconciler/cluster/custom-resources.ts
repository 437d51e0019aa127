/** The custom resources of vnet, as the API server has them. Pure. */
import type { NetworkRevision, NetworkRollout, NodeNetwork } from '../../schemas/generated/cluster.ts';
import { isRecord } from '../model/objects.ts';
import type { ApiObject, ObjectMeta } from './api/objects.ts';
import type { Resource } from './api/resources.ts';

function custom(plural: string, kind: string): Resource {
  return { group: 'cluster.vnet.azure', version: 'v1alpha1', plural, kind, isNamespaced: false };
}

/** Parts of vnet.yaml for many nodes; immutable. */
export const NETWORK_REVISIONS: Resource = custom('networkrevisions', 'NetworkRevision');

/** Revisions on their way to nodes. */
export const NETWORK_ROLLOUTS: Resource = custom('networkrollouts', 'NetworkRollout');

/** The network of each node. */
export const NODE_NETWORKS: Resource = custom('nodenetworks', 'NodeNetwork');

/** The spec of a NodeNetwork. */
export type NodeSpec = NonNullable<NodeNetwork['spec']>;

/** The status of a NodeNetwork. */
export type NodeNetworkStatus = NonNullable<NodeNetwork['status']>;

/** One condition. */
export type ClusterCondition = NonNullable<NodeNetworkStatus['conditions']>[number];

/** The status of a NetworkRollout. */
export type RolloutStatus = NonNullable<NetworkRollout['status']>;

/** A NodeNetwork. Shape: `ownerUid` is that of its Node. */
export type NodeObject = NodeNetwork & { readonly metadata: ObjectMeta; readonly ownerUid?: string };

/** A NetworkRollout. */
export type RolloutObject = NetworkRollout & { readonly metadata: ObjectMeta };

/** A NetworkRevision. */
export type RevisionObject = NetworkRevision & { readonly metadata: ObjectMeta };

/** Returns the object as a NodeNetwork: the server has checked it against the same schema. */
export function toNodeNetwork(object: ApiObject): NodeObject {
  const { metadata, spec, status } = object;
  const ownerUid = metadata.ownerReferences?.find(({ kind }) => kind === 'Node')?.uid;
  return {
    metadata,
    ...(ownerUid === undefined ? {} : { ownerUid }),
    ...(isRecord(spec) ? { spec } : {}),
    ...(isRecord(status) ? { status } : {}),
  };
}

/** Returns the object as a NetworkRollout; undefined without a revision. */
export function toRollout({ metadata, spec, status }: ApiObject): RolloutObject | undefined {
  if (!isRecord(spec) || typeof spec['revision'] !== 'string') return undefined;
  return {
    metadata,
    spec: { ...spec, revision: spec['revision'] },
    ...(isRecord(status) ? { status: withoutNoHalt(status) } : {}),
  };
}

/**
 * The value of `halted` on the server while a rollout has not stopped: servers before 1.22 make a removed part null, and an empty text too.
 */
export const NO_HALT = { reason: 'None', node: '-' } as const;

function withoutNoHalt(status: RolloutStatus): RolloutStatus {
  const { halted, ...rest } = status;
  return halted === undefined || halted.node === NO_HALT.node ? rest : status;
}

/** Returns the object as a NetworkRevision; undefined without a document. */
export function toRevision({ metadata, spec }: ApiObject): RevisionObject | undefined {
  if (!isRecord(spec) || !isRecord(spec['document'])) return undefined;
  const { document, reason } = spec;
  return { metadata, spec: { document, ...(typeof reason === 'string' ? { reason } : {}) } };
}
