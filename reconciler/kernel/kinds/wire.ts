/**
 * A kind of kernel object on the wire: how it is read, created, changed, deleted and announced. One value for each kind,
 * in `registry.ts`; what it means is in `model/kinds/`. Types only.
 */
import type { FieldChange, KernelObject, NetnsPath } from '../../model/kinds/kind.ts';
import type { Change } from '../../model/ports/kernel.ts';
import type { Result } from '../../model/result.ts';
import type { NetObject } from '../../model/state.ts';
import type { Applied, ApplyContext, ApplyOne } from '../apply/context.ts';
import type { BodyReader } from '../netlink/reader.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { Sockets } from '../sockets.ts';

/** An object while it comes together: field by field, since there are thousands, and every spread is a copy. */
export type Growing<T> = { -readonly [Field in keyof T]: T[Field] };

/** Where an object is: its namespace and, for what is on an interface, the interface's name; names of others by number. */
export type LinkPlace = {
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly nameOf?: ((index: number) => string | undefined) | undefined;
};

/** A namespace that is read, with the numbers of the interfaces that were read before. */
export interface NamespaceView {
  readonly sockets: Sockets;
  readonly netns: NetnsPath;
  /** Returns the name of the interface, undefined for one that appeared after the interfaces were read. */
  nameOf(index: number): string | undefined;
  /** Returns the number of the interface. */
  indexOf(name: string): number | undefined;
}

/** Changes that are done faster together. */
export type Batch = {
  takes(change: Change): boolean;
  apply(context: ApplyContext, changes: readonly Change[], applyOne: ApplyOne): Applied[];
};

/**
 * One test by which the kernel decides whether it hands an announcement over; the first that decides counts.
 * Shape: `at` counts from the beginning of the message, whose own header has 16 bytes; `bytes` are 1 unless it says 2;
 * `has` is true when any of these bits is set. `attribute` tests the first byte of an attribute's value, `at` says where
 * the attributes begin. `destination` is true for a route to a destination that is asked for. With no test it is true.
 */
export type FilterTest = {
  readonly at?: number;
  readonly bytes?: 2;
  readonly is?: number;
  readonly isNot?: number;
  readonly has?: number;
  readonly attribute?: number;
  readonly destination?: true;
  readonly verdict: 'accept' | 'drop';
};

/** What a message announces. Shape: `index` is the interface's number, 0 for what is on none. */
export type Heard = {
  readonly index: number;
  readonly isGone: boolean;
  toObject(place: LinkPlace): NetObject;
};

/**
 * How the kernel announces a kind on rtnetlink.
 * Shape: `groups` are multicast groups, `inet6Groups` those for IPv6; `message` is the type of the message that an object
 * is there, and the next number that it is gone. `family` is the one address family of its messages, where others of the
 * same type are another kind's. Without `filter` everything is handed over.
 */
export type Hearing = {
  readonly groups: readonly number[];
  readonly inet6Groups?: readonly number[];
  readonly message: number;
  readonly family?: number;
  readonly filter?: readonly FilterTest[];
  /** True for what is announced from pods' namespaces to the node. */
  readonly inPods?: true;
  /** Returns what the message announces, undefined for what is never in a State. Absent: the monitor knows. */
  parse?(body: BodyReader, isGone: boolean): Heard | undefined;
};

/** One kind on the wire. */
export type Wire<T extends KernelObject> = {
  /** Ensures the object. Errors: `exists` when it is there otherwise than wanted. */
  create(context: ApplyContext, want: T, peer: NetObject | undefined): Applied;
  /** Ensures the named fields of the object. */
  change(context: ApplyContext, change: FieldChange<T>): Applied;
  /** Ensures that the object is gone. Errors: `not-found` counts as done. */
  remove(context: ApplyContext, have: T): Applied;
  /** Returns the request that creates it; undefined when what it needs is not there. Many go in one datagram. */
  request?(context: ApplyContext, want: T): NetlinkRequest | undefined;
  readonly batches?: readonly Batch[];
  /** Returns all objects of the kind in the namespace. */
  list?(view: NamespaceView): Result<readonly NetObject[]>;
  /** Returns the object that has the identity of `like`, undefined when there is none. */
  find?(view: NamespaceView, like: T): Result<NetObject | undefined>;
  readonly hearing?: Hearing;
};
