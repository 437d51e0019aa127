/**
 * The kernel as a port, implemented by the real kernel (netlink, nft) and the simulated one, under one contract
 * suite.
 */
import type { SysctlPlace } from '../kinds/sysctl.ts';
import type { Members } from '../policy/members.ts';
import type { Result } from '../result.ts';
import type { NetnsPath, NetObject, State } from '../state.ts';

/** A pod to observe. Shape: with `family`, only addresses and routes of that one; `entries` are looked up one by one. */
export type PodPlace = {
  readonly netns: NetnsPath;
  readonly ifName: string;
  readonly family?: 4;
  readonly entries?: readonly NetObject[];
};

/**
 * The scope of an observation.
 * Shape: `pods` are the namespaces to enter, each with one interface: that link, its addresses and the routes
 * are read, of both families or of the named one. `whole: true` reads every host link with its objects, and
 * our table, as needed for pruning. `false` reads only the links `devices` and the named host entries, as
 * needed for one ADD or DEL: its cost does not grow with the number of pods.
 * `own` requests all addresses of the node, which are never assigned.
 */
export type Scope = {
  readonly whole: boolean;
  readonly devices: readonly string[];
  readonly pods: readonly PodPlace[];
  readonly sysctls: readonly SysctlPlace[];
  readonly entries: readonly NetObject[];
  readonly own?: true;
};

/** The state of a namespace path: its inode, or `gone` without a file or a namespace there. */
export type NamespaceFact = { readonly inode: number } | 'gone';

/**
 * The observed kernel, within the scope.
 * Shape: `state` holds all objects of our kinds that were found, ours and foreign alike (ownership is decided by pure
 * code); links of type `device` include every host link that is neither bridge nor veth. `namespaces` has one fact for
 * each pod of the scope. An object that vanishes while being read is absent, not an error.
 * `own` are all addresses of the node, if requested by the scope. `members` are the pods of the cluster as known at the time, where
 * network policies need them.
 */
export type Observation = {
  readonly state: State;
  readonly namespaces: ReadonlyMap<NetnsPath, NamespaceFact>;
  readonly own?: readonly string[];
  readonly members?: Members | undefined;
};

/** Reads the kernel; cannot change it. */
export interface Observer {
  /** May be retried at any time. An incomplete scan is a Failure, never a shorter State. */
  observe(scope: Scope): Result<Observation>;
}

/**
 * One change of one object.
 * `create` of an equal object and `delete` of an absent one are `unchanged`, not failures. A veth link is
 * created with its peer in one request: the peer takes MAC and MTU from `peer` (its link object in the pod).
 */
export type Change =
  | { readonly verb: 'create'; readonly want: NetObject; readonly peer?: NetObject }
  | {
      readonly verb: 'update';
      readonly want: NetObject;
      readonly have: NetObject;
      /** The fields of `want` that differ; no others are changed. */
      readonly fields: readonly string[];
      /**
       * Of the table of network policies: addresses that their pods have never used. Connections that the kernel tracks with them are those
       * of former pods: they are deleted where a pod is isolated, once the change is made.
       */
      readonly fresh?: readonly string[];
    }
  | { readonly verb: 'delete'; readonly have: NetObject };

/** Returns the object of the change: the desired one, or the one to delete. */
export function subjectOf(change: Change): NetObject {
  return change.verb === 'delete' ? change.have : change.want;
}

/** Reads and changes the kernel. */
export interface Kernel extends Observer {
  /**
   * Applies the changes in order and returns one result for each. A failed change does not stop the next: the caller
   * decides about dependencies. Idempotent: applying the same changes again yields `unchanged` and no Failure.
   */
  apply(changes: readonly Change[]): readonly Result<'changed' | 'unchanged'>[];
  /**
   * Resolves once every kind can be observed and changed, and tables created: loaded on demand, because few calls
   * need it. A whole scope needs it.
   */
  prepare(): Promise<void>;
  /** Releases the namespaces of pods, which it would keep alive; the kernel remains usable. */
  leavePods(): void;
  /** Closes all sockets and descriptors. */
  close(): void;
}
