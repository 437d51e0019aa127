/* Generated from schemas/ by `npm run generate`. Do not edit. */

/**
 * A number of nodes, or a percentage of them.
 */
export type Share = string;
/**
 * The time in which a node must confirm the revision over a new connection; otherwise it rolls itself back.
 */
export type ConfirmWithinSeconds = number;
/**
 * The highest disruption that the change may cause; beyond it, the node refuses.
 */
export type Disruption = 'hitless' | 'flow-reset' | 'pod-outage' | 'node-outage';
/**
 * The metadata.generation that this status describes.
 */
export type ObservedGeneration = number;
/**
 * A number.
 */
export type Count = number;
/**
 * Conditions, as Kubernetes has them.
 *
 * Items: One condition.
 */
export type Conditions = {
  /**
   * The condition.
   */
  readonly type: string;
  /**
   * Whether it holds.
   */
  readonly status: 'True' | 'False' | 'Unknown';
  /**
   * A reason for programs, in one word.
   */
  readonly reason: string;
  /**
   * A message for people.
   */
  readonly message: string;
  readonly observedGeneration?: ObservedGeneration;
  /**
   * The time of the last change of the status, by the clock of the node.
   */
  readonly lastTransitionTime: string;
}[];
/**
 * The name of a NetworkRevision.
 */
export type RevisionName = string;

/**
 * The custom resources of vnet: a revision for many nodes, its rollout, and the network of each node.
 */
export interface ClusterResources {
  readonly networkRevision: NetworkRevision;
  readonly networkRollout: NetworkRollout;
  readonly nodeNetwork: NodeNetwork;
}
/**
 * A part of vnet.yaml for many nodes. Immutable: a change is a new revision.
 */
export interface NetworkRevision {
  /**
   * The contents of the revision.
   */
  readonly spec: {
    /**
     * The fields of vnet.yaml that every node gets: policy and networks. Each field replaces the node's; fields that are absent here stay as they are on the node. Lists are replaced as a whole.
     */
    readonly document: {
      readonly [k: string]: unknown;
    };
    /**
     * The reason, for the history of the nodes.
     */
    readonly reason?: string;
  };
}
/**
 * Brings a revision to nodes in steps, and halts itself on failures.
 */
export interface NetworkRollout {
  readonly spec: NetworkRolloutSpec;
  readonly status?: NetworkRolloutStatus;
}
/**
 * The revision, the nodes, and the conditions of each step.
 */
export interface NetworkRolloutSpec {
  /**
   * The NetworkRevision to roll out.
   */
  readonly revision: string;
  /**
   * The labels of the nodes; absent: all nodes.
   */
  readonly nodeSelector?: {
    /**
     * The value of the label.
     */
    readonly [k: string]: string;
  };
  /**
   * The number of nodes with the revision after each step, as a number or a percentage; absent: 1, 1%, 10%, 50%, 100%.
   */
  readonly steps?: readonly Share[];
  /**
   * A number of nodes, or a percentage of them.
   */
  readonly maxUnavailable?: string;
  /**
   * The number of nodes that may fail; one more failure halts the rollout.
   */
  readonly maxFailures?: number;
  readonly confirmWithinSeconds?: ConfirmWithinSeconds;
  /**
   * The time for which the nodes of a step must stay healthy before the next step.
   */
  readonly soakSeconds?: number;
  readonly maxDisruption?: Disruption;
  /**
   * true: fields that were edited on a node get the revision's value; otherwise they are kept and reported.
   */
  readonly overwrite?: boolean;
  /**
   * The nodes that have the revision when the rollout halts. keep: they keep it. revertStep: those of the present step get their previous revision. revertAll: all do.
   */
  readonly onHalt?: 'keep' | 'revertStep' | 'revertAll';
  /**
   * true: no further node gets the revision.
   */
  readonly paused?: boolean;
}
/**
 * The state of the rollout, computed from the nodes.
 */
export interface NetworkRolloutStatus {
  readonly observedGeneration?: ObservedGeneration;
  /**
   * The present state.
   */
  readonly phase?: 'Waiting' | 'Progressing' | 'Soaking' | 'Paused' | 'Halted' | 'Complete';
  /**
   * The present step, from 1.
   */
  readonly step?: number;
  /**
   * The number of nodes in each state.
   */
  readonly nodes?: {
    readonly total?: Count;
    readonly waiting?: Count;
    readonly updating?: Count;
    readonly confirmed?: Count;
    readonly failed?: Count;
    readonly skipped?: Count;
  };
  /**
   * Why the rollout stopped; node - while it has not.
   */
  readonly halted?: {
    /**
     * The reason of the node's condition.
     */
    readonly reason: string;
    /**
     * The first node that failed.
     */
    readonly node: string;
  };
  readonly conditions?: Conditions;
}
/**
 * The network of one node, by the node's name.
 */
export interface NodeNetwork {
  readonly spec?: NodeNetworkSpec;
  readonly status?: NodeNetworkStatus;
}
/**
 * The revision that the node should have. Written by vnet controller.
 */
export interface NodeNetworkSpec {
  /**
   * The NetworkRevision that the node applies; without it, the document keeps its present fields.
   */
  readonly desiredRevision?: string;
  /**
   * The revision before that, for onHalt of a rollout.
   */
  readonly previousRevision?: string;
  readonly confirmWithinSeconds?: ConfirmWithinSeconds;
  readonly maxDisruption?: Disruption;
  /**
   * true: fields that were edited on the node get the revision's value.
   */
  readonly overwrite?: boolean;
}
/**
 * The state of the node's network. Written by vnet agent.
 */
export interface NodeNetworkStatus {
  readonly observedGeneration?: ObservedGeneration;
  /**
   * The revisions of the node.
   */
  readonly revision?: {
    readonly desired?: RevisionName;
    readonly applied?: RevisionName;
    readonly confirmed?: RevisionName;
  };
  /**
   * The document in force.
   */
  readonly document?: {
    /**
     * Its generation when its hand-edited part last changed.
     */
    readonly generation?: number;
    /**
     * A digest of its hand-edited part.
     */
    readonly digest?: string;
  };
  /**
   * The interfaces that are ports of a bridge of vnet, with the addresses and routes of the node moved to it.
   */
  readonly uplinks?: {
    /**
     * The interface.
     */
    readonly name: string;
    /**
     * The network of the document that has it.
     */
    readonly network: string;
  }[];
  /**
   * The boot of the node.
   */
  readonly bootId?: string;
  /**
   * The addresses of the network that pods get by default. The scarcer family counts.
   */
  readonly addresses?: {
    /**
     * The network.
     */
    readonly network?: string;
    readonly capacity?: Count;
    readonly used?: Count;
    readonly resting?: Count;
    readonly free?: Count;
    /**
     * A number.
     */
    readonly maxPods?: number;
  };
  /**
   * The address pools.
   *
   * Items: One pool.
   */
  readonly pools?: {
    /**
     * The network.
     */
    readonly network: string;
    /**
     * The family.
     */
    readonly family: 'ipv4' | 'ipv6';
    readonly capacity?: Count;
    readonly used?: Count;
    readonly resting?: Count;
    readonly free?: Count;
  }[];
  /**
   * Objects that do not match the document.
   */
  readonly drift?: {
    readonly count: Count;
    /**
     * The first ten.
     *
     * Items: The key of an object.
     */
    readonly objects?: readonly string[];
  };
  /**
   * The plan of the last attempt to apply the desired revision; no steps without one.
   */
  readonly plan?: {
    readonly steps: Count;
    /**
     * The highest disruption of its steps.
     */
    readonly disruption: 'hitless' | 'flow-reset' | 'pod-outage' | 'node-outage';
    /**
     * A number.
     */
    readonly pods: number;
  };
  /**
   * The node's copy of the network policies of the cluster.
   */
  readonly policy?: {
    /**
     * Whether the document enforces policies.
     */
    readonly isEnforced: boolean;
    readonly policies: Count;
    /**
     * false: the API server has not answered for a minute; the node goes on with its copy.
     */
    readonly isCurrent: boolean;
    /**
     * A number.
     */
    readonly lagSeconds?: number;
    /**
     * The time of the copy, if it is not current, by the clock of the node.
     */
    readonly asOf?: string;
  };
  /**
   * Fields of the revision with another value on the node; the first ten.
   *
   * Items: The path of a field.
   */
  readonly localEdits?: readonly string[];
  /**
   * The agent that wrote this.
   */
  readonly agent?: {
    /**
     * Its version.
     */
    readonly version?: string;
  };
  readonly conditions?: Conditions;
}
