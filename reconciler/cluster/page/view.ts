/** The contents of the live page: nodes and rollouts of the cluster, and the pods of one node. Pure. */
import type { ClusterCondition, NodeObject, RolloutObject } from '../custom-resources.ts';

/** A condition of a node. */
export type ConditionView = Pick<ClusterCondition, 'type' | 'status' | 'reason' | 'message'>;

/** A node. Shape: `free` and `capacity` are addresses for pods; counts are undefined before the first status. */
export type NodeRow = {
  readonly name: string;
  readonly desired: string;
  readonly confirmed: string;
  readonly version: string;
  readonly free: number | undefined;
  readonly capacity: number | undefined;
  readonly pools: readonly string[];
  readonly drift: number;
  readonly objects: readonly string[];
  readonly edits: readonly string[];
  readonly conditions: readonly ConditionView[];
};

/** A rollout. Shape: `counts` are nodes by state. */
export type RolloutRow = {
  readonly name: string;
  readonly revision: string;
  readonly phase: string;
  readonly step: number;
  readonly created: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly halted: string;
};

/** An interface on the way of a pod's packets, from the pod to the uplink. */
export type Hop = {
  readonly role: string;
  readonly name: string;
  readonly facts: readonly string[];
  readonly isThere: boolean;
};

/** A pod's attachment. Shape: `policies` isolate it; `differences` are those to the document. */
export type PodView = {
  readonly id: string;
  readonly pod: string;
  readonly network: string;
  readonly addresses: readonly string[];
  readonly state: string;
  readonly hops: readonly Hop[];
  readonly policies: readonly string[];
  readonly differences: readonly string[];
};

/** The node of the page. Shape: `plan` is the printed plan; `problem` is why the node cannot be shown. */
export type OwnNodeView = {
  readonly name: string;
  readonly generation: number;
  readonly networks: readonly string[];
  readonly policy: string;
  readonly pods: readonly PodView[];
  readonly plan: string;
  readonly problem?: string;
};

/** Returns the row of a node. */
export function nodeRowOf({ metadata, spec = {}, status = {} }: NodeObject): NodeRow {
  const { addresses = {}, revision = {}, drift, agent = {} } = status;
  return {
    name: metadata.name,
    desired: spec.desiredRevision ?? '',
    confirmed: revision.confirmed ?? '',
    version: agent.version ?? '',
    free: addresses.free,
    capacity: addresses.capacity,
    pools: (status.pools ?? []).map(
      ({ network, family, used = 0, resting = 0, free = 0, capacity = 0 }) =>
        `${network} ${family}: ${used} used, ${resting} in quarantine, ${free} of ${capacity} free`,
    ),
    drift: drift?.count ?? 0,
    objects: drift?.objects ?? [],
    edits: status.localEdits ?? [],
    conditions: (status.conditions ?? []).map(({ type, status: is, reason, message }) => ({
      type,
      status: is,
      reason,
      message,
    })),
  };
}

/** Returns the row of a rollout. */
export function rolloutRowOf({ metadata, spec, status = {} }: RolloutObject): RolloutRow {
  const { phase = '', step = 0, nodes = {}, halted } = status;
  return {
    name: metadata.name,
    revision: spec.revision,
    phase,
    step,
    created: metadata.creationTimestamp ?? '',
    counts: { ...nodes },
    halted: halted === undefined ? '' : `${halted.node}: ${halted.reason}`,
  };
}
