/**
 * A kind of kernel object on the wire: reading, creation, change, deletion and notifications. One value for
 * each kind, in `registry.ts`; its meaning is in `model/kinds/`. Types only.
 */
import type { FieldChange, KernelObject, NetnsPath } from '../../model/kinds/kind.ts';
import type { Change } from '../../model/ports/kernel.ts';
import type { Result } from '../../model/result.ts';
import type { NetObject } from '../../model/state.ts';
import type { Applied, ApplyContext, ApplyOne } from '../apply/context.ts';
import type { LinkFact } from '../netlink/link.ts';
import type { BodyReader } from '../netlink/reader.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { Question } from '../netlink/question.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Sockets } from '../sockets.ts';

/** An object under construction, filled field by field: there are thousands, and every spread is a copy. */
export type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/**
 * The place of an object: its namespace and, for one on an interface, the interface's name; other names by
 * index.
 */
export type LinkPlace = {
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly nameOf?: ((index: number) => string | undefined) | undefined;
};

/** A namespace being read, with the indexes of the interfaces read before. */
export interface NamespaceView {
  readonly sockets: Sockets;
  readonly netns: NetnsPath;
  /** The interfaces that were read. */
  readonly links: readonly LinkFact[];
  /** Returns the name of the interface; undefined for one that appeared after the interfaces were read. */
  nameOf(index: number): string | undefined;
  /** Returns the index of the interface. */
  indexOf(name: string): number | undefined;
}

/** Changes that are faster together. */
export type Batch = {
  takes(change: Change): boolean;
  apply(context: ApplyContext, changes: readonly Change[], applyOne: ApplyOne): Applied[];
};

/**
 * One test in the kernel's filter of notifications; the first test that decides counts.
 * Shape: `at` is an offset in the message, including its 16-byte header; `bytes` is 1 unless 2; `has` is true
 * if any of these bits is set. `attribute` tests the first byte of an attribute's value, with `at` the offset
 * of the attributes. `destination` is true for a route to a destination of interest. An empty test is true.
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

/** The contents of a notification. Shape: `index` is the interface's, 0 for an object on none. */
export type ParsedNotice = {
  readonly index: number;
  readonly isGone: boolean;
  toObject(place: LinkPlace): NetObject;
};

/**
 * The rtnetlink notifications of a kind.
 * Shape: `groups` are multicast groups, `inet6Groups` those for IPv6; `message` is the type of an addition,
 * the next number that of a deletion. `family` is the only address family of its messages, if other families
 * of the same type belong to another kind. Without `filter`, all are received.
 */
export type Subscription = {
  readonly groups: readonly number[];
  readonly inet6Groups?: readonly number[];
  readonly message: number;
  readonly family?: number;
  readonly filter?: readonly FilterTest[];
  /** True for notifications from pods' namespaces received on the node. */
  readonly inPods?: true;
  /**
   * Returns the announced object; undefined for objects that are never in a State. Absent: the monitor parses
   * it.
   */
  parse?(body: BodyReader, isGone: boolean): ParsedNotice | undefined;
};

/** A question for one object, and the socket to ask. */
export type ObjectQuestion = Question<NetObject> & { readonly socket: NetlinkSocket };

/** One kind on the wire. */
export type Wire<T extends KernelObject> = {
  /** Ensures the object. Errors: `exists` if it exists with other values. */
  create(context: ApplyContext, want: T, peer: NetObject | undefined): Applied;
  /** Ensures the named fields of the object. */
  change(context: ApplyContext, change: FieldChange<T>): Applied;
  /** Ensures that the object does not exist. Errors: `not-found` counts as done. */
  remove(context: ApplyContext, have: T): Applied;
  /**
   * Returns the request that creates it; undefined if its prerequisites are missing. Many fit in one
   * datagram.
   */
  request?(context: ApplyContext, want: T): NetlinkRequest | undefined;
  /** As request(), for an object in a pod's namespace. */
  podRequest?(context: ApplyContext, want: T): NetlinkRequest | undefined;
  readonly batches?: readonly Batch[];
  /** Returns all objects of the kind in the namespace. */
  list?(view: NamespaceView): Result<readonly NetObject[]>;
  /** Returns the object with the identity of `like`; undefined if there is none. */
  find?(view: NamespaceView, like: T): Result<NetObject | undefined>;
  /** Returns find() as a single question; undefined if it needs more than one. If the kernel refuses it, find() is used. */
  question?(view: NamespaceView, like: T): ObjectQuestion | undefined;
  readonly subscription?: Subscription;
};
