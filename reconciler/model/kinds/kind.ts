/**
 * A kind of kernel object in the pure layers: identity, fields, order, dependencies, disruption, ownership.
 * One value for each kind, in `registry.ts`; its messages are in `kernel/kinds/`. Types only.
 */
import type { Policy } from '../../../schemas/generated/vnet.ts';

/** A class of objects to whose drift the document's policy names the reaction. */
export type DriftClass = Exclude<keyof Policy, 'enforce' | 'unknownPods' | 'nodeCidrs'>;

/** The namespace of an object: `''` is the node's, anything else the path of a pod's. */
export type NetnsPath = string;

/** The node's own network namespace. */
export const HOST: NetnsPath = '';

/** The identity of an object: two objects with one key are two versions of it. */
export type ObjectKey = string;

/**
 * Attributes of a kernel message without a field in the kind: kept verbatim, shown, compared if both sides
 * have some, and sent back when the object is moved or restored.
 * Shape: `<type> <bytes in hex>`, in order; `8.11 20000000` is type 11 within type 8.
 */
export type RestAttributes = readonly string[];

/** The common fields of all kinds. */
export type KernelObject = {
  readonly kind: string;
  readonly netns: NetnsPath;
  readonly rest?: RestAttributes;
};

/** Objects of any kind by key. */
export type ObjectsByKey = ReadonlyMap<ObjectKey, KernelObject>;

/**
 * Effects on traffic, in increasing order: none, connections break, the named pods are cut off, the node is
 * cut off.
 */
export const DISRUPTIONS = ['hitless', 'flow-reset', 'pod-outage', 'node-outage'] as const;

/** One of DISRUPTIONS. */
export type Disruption = (typeof DISRUPTIONS)[number];

/** One differing field, in words; `absent` for a missing value. */
export type FieldDifference = { readonly field: string; readonly want: string; readonly have: string };

/** The observed object at the start of a change, and the changed fields. */
export type FieldChange<T> = { readonly want: T; readonly have: T; readonly fields: readonly string[] };

/**
 * An event on an interface that removes objects on it. `gone`: the interface is deleted. `down`: set down.
 * `mac`: gets another MAC. `left`: leaves its bridge. 4 and 6: loses its last address of that family.
 */
export type LinkEvent = 'gone' | 'down' | 'mac' | 'left' | 4 | 6;

/** The document's marks for objects that carry none. Shape: `listed` are keys, `veths` names of links. */
export type DocumentMarks = {
  readonly listed: ReadonlySet<ObjectKey>;
  readonly veths: ReadonlySet<string>;
};

/** Keys of desired objects, for the dependencies of a step. */
export interface DesiredKeys {
  /** Returns the keys of all objects of the kind. */
  ofKind(kind: string): readonly ObjectKey[];
  /** Returns the keys of the objects of the kind on an interface. */
  onLink(kind: string, netns: NetnsPath, name: string): readonly ObjectKey[];
  /** Returns the key of the veth whose peer is this interface. */
  peerOf(netns: NetnsPath, name: string): ObjectKey | undefined;
  /** Returns the keys of the bridges by name. */
  bridges(): ReadonlyMap<string, ObjectKey>;
  /** Returns the keys of all objects that must exist before any is deleted from an uplink or a bridge. */
  moved(): readonly ObjectKey[];
}

/** A table of objects for people. Shape: `name` is that in `vnet get`. */
export type KindList<T> = {
  readonly name: string;
  readonly headings: readonly string[];
  cells(object: T): readonly string[];
};

/** One kind. Shape: absent members mean the default. `F` are the names of its fields. */
export type Kind<T extends KernelObject, F extends string = keyof T & string> = {
  /**
   * The fields that may differ between objects with one key, each with its word in ip(8), bridge(8) or
   * nft(8).
   */
  readonly fields: { readonly [Name in F]?: string };
  /** The fields that are ours in a pod, too: chained plugins may change the others. */
  readonly fieldsInPod?: readonly F[];
  /** Fields that follow from others: not shown in a plan that creates or deletes the object. */
  readonly implied?: readonly F[];
  /** Fields that change on their own: a saved plan does not depend on them. */
  readonly volatile?: readonly F[];
  /** Fields that a replacement inherits from the replaced object unless specified. */
  readonly carried?: F[];
  /** Fields that the kernel's notifications lack. */
  readonly untold?: readonly F[];
  /** The document's policy for the kind. */
  readonly policy: DriftClass;
  /** True if pod traffic passes through objects of the kind. */
  readonly serves?: true;
  /** True for objects in pods' namespaces, read and announced there. */
  readonly inPods?: true;
  /** True for objects that are looked up individually for a single endpoint. */
  readonly isEntry?: true;
  /** True if the kernel does not report the socket that requested a change. */
  readonly isAnonymous?: true;
  /** True if a deletion or change of the object affects others. */
  readonly carries?: true;
  /** The kind whose deletion removes this one, if not the interface. */
  readonly container?: string;
  /**
   * The reason for deleting an object of vnet that is no longer desired; absent: it is not in the document.
   */
  readonly deletionReason?: string;
  /** Its distance from the pod on the node, for `vnet explain`: 3 is the host veth, 7 the bridge. */
  readonly distance?: number;
  readonly list?: KindList<T>;
  /** Returns the readable identity within the namespace: `neighbour 10.240.0.36 dev azure0`. */
  key(object: T): string;
  /**
   * Returns the position in the order of creation; deletion is in reverse order. Ten positions for each kind.
   */
  rank(object: T): number;
  /** Returns the object in canonical form, for comparison. */
  normalise?(object: T): T;
  /** Returns the readable value; undefined for the default text. */
  show?(field: string, value: unknown): string | undefined;
  /** Returns fields to ignore although `want` has them. */
  ignored?(want: T): readonly string[];
  /** Returns the readable differences, if they are not a list of fields. */
  differences?(want: T | undefined, have: T | undefined): readonly FieldDifference[];
  /** Returns the readable name and value of the object, each in a few words, for `vnet explain`. */
  describe(object: T): readonly [label: string, value: string];
  /** Returns true for objects that vnet created and may delete. */
  isOurs(object: T, marks: DocumentMarks): boolean;
  /** Returns the keys of the objects that must exist before it is created or changed. */
  needs?(want: T, desired: DesiredKeys): readonly ObjectKey[];
  /** Returns the keys of the objects that must exist before it is deleted. */
  needsToGo?(have: T, desired: DesiredKeys): readonly ObjectKey[];
  /** Returns true for objects that must exist before any is deleted from an uplink or a bridge. */
  isMoved?(object: T): boolean;
  /**
   * Returns true for objects listed in the document: deleted from an uplink once the bridge has them, or vice
   * versa.
   */
  isTaken?(object: T): boolean;
  /** Returns the disruption of a change. */
  disruptionOfChange?(change: FieldChange<T>): Disruption;
  /** Returns the disruption of the deletion. */
  disruptionOfDeletion?(have: T, desired: ObjectsByKey, observed: ObjectsByKey): Disruption;
  /** Returns true if the event on its interface removes it. Absent: only the interface's deletion does. */
  goesWith?(object: T, event: LinkEvent): boolean;
  /** Returns true if a desired object repeats it on another interface: it is deleted, also without our mark. */
  isRepeated?(have: T, desired: ObjectsByKey): boolean;
  /** Returns the sysctls (name and value) without which its deletion would remove others. */
  settingsForDeletion?(have: T, desired: ObjectsByKey): readonly (readonly [string, string])[];
  /** True for objects that act on an interface, and stay there when its addresses move. */
  readonly staysOnLink?: true;
  /** Returns true for entries learned by the kernel. */
  isLearned?(object: T): boolean;
  /** Returns true for objects from a DHCP lease. */
  isLease?(object: T): boolean;
  /** Returns a value that only one object may have, on any interface. */
  exclusive?(object: T): string;
};
