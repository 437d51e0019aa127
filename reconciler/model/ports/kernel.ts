/**
 * The kernel as a port: what the real one (netlink, nft) and the simulated one both implement, held to one contract
 * suite. Types only.
 */
import type { Result } from '../result.ts';
import type { NetnsPath, NetObject, State } from '../state.ts';

/** A pod to look at. Shape: with `family` only addresses and routes of this one. */
export type PodPlace = { readonly netns: NetnsPath; readonly ifName: string; readonly family?: 4 };

/**
 * What to look at.
 * Shape: `pods` are the namespaces to enter, each with the one interface that is ours: seen are that link, its addresses,
 * and the routes, of both families or of the one that is named. `whole: true` reads every host link, whatever hangs on
 * one, and our table, as pruning needs. `false` reads of the node only the links `devices` and the entries named, as one
 * ADD or DEL needs: what it costs does not grow with the number of pods.
 */
export type Scope = {
  readonly whole: boolean;
  readonly devices: readonly string[];
  readonly pods: readonly PodPlace[];
  readonly sysctls: readonly { readonly netns: NetnsPath; readonly name: string }[];
  readonly entries: readonly NetObject[];
};

/** What a namespace path was found to be: its inode, or `gone` when nothing, or no namespace, is there. */
export type NamespaceFact = { readonly inode: number } | 'gone';

/**
 * What the kernel has, as far as the scope asked.
 * Shape: `state` holds all objects of our kinds that were found, ours and foreign alike (ownership is decided by pure
 * code); links of type `device` include every host link that is neither bridge nor veth. `namespaces` has one fact for
 * each pod of the scope. An object that vanishes while being read is absent, not an error.
 */
export type Observation = {
  readonly state: State;
  readonly namespaces: ReadonlyMap<NetnsPath, NamespaceFact>;
};

/** Reads the kernel; can't change it. */
export interface Observer {
  /** May be retried at any time. A scan that could not be completed is a Failure, never a shorter State. */
  observe(scope: Scope): Result<Observation>;
}

/**
 * One change of one object.
 * `create` of what exists as wanted, and `delete` of what is absent, are `unchanged`, not failures. A veth link is
 * created with its peer in one request: the peer takes MAC and MTU from `peer` (its link object in the pod).
 */
export type Change =
  | { readonly verb: 'create'; readonly want: NetObject; readonly peer?: NetObject }
  | {
      readonly verb: 'update';
      readonly want: NetObject;
      readonly have: NetObject;
      /** The fields of `want` that differ; nothing else is touched. */
      readonly fields: readonly string[];
    }
  | { readonly verb: 'delete'; readonly have: NetObject };

/** Reads and changes the kernel. */
export interface Kernel extends Observer {
  /**
   * Makes the changes in order and returns one result for each. A failed change does not stop the next: whoever asks
   * decides what depends on what. Idempotent: applying the same changes again yields `unchanged` and no Failure.
   */
  apply(changes: readonly Change[]): readonly Result<'changed' | 'unchanged'>[];
  /** Resolves when apply() can make tables: few calls do, and the others do not load what it takes. */
  prepareTables(): Promise<void>;
  /** Lets go of the namespaces of pods, which it would keep alive; may be used on. */
  leavePods(): void;
  /** Lets go of every socket and descriptor. */
  close(): void;
}
