/**
 * A kind of kernel object, as everything that only thinks sees it: identity, fields, order, dependencies, disruption,
 * ownership. One value for each kind, in `registry.ts`; how the kernel is asked for one is in `kernel/kinds/`. Types only.
 */
import type { Policy } from '../../../schemas/generated/vnet.ts';

/** Where an object lives: `''` is the node's own network namespace, anything else the path of a pod's. */
export type NetnsPath = string;

/** The node's own network namespace. */
export const HOST: NetnsPath = '';

/** Identifies an object: two objects of one key are two versions of the same thing. */
export type ObjectKey = string;

/**
 * Attributes of a kernel message that a kind does not know, as they came: kept, shown, compared where both sides have some,
 * and sent back when the object is moved or put back.
 * Shape: `<type> <bytes in hex>`, in order; `8.11 20000000` is type 11 within type 8.
 */
export type RestAttributes = readonly string[];

/** What objects of all kinds have. */
export type KernelObject = {
  readonly kind: string;
  readonly netns: NetnsPath;
  readonly rest?: RestAttributes;
};

/** Objects of any kind by key. */
export type ObjectsByKey = ReadonlyMap<ObjectKey, KernelObject>;

/** Effects on traffic: none, connections break, the pods named are cut off, the node is. From the least to the worst. */
export const DISRUPTIONS = ['hitless', 'flow-reset', 'pod-outage', 'node-outage'] as const;

/** One of DISRUPTIONS. */
export type Disruption = (typeof DISRUPTIONS)[number];

/** One field that differs, in words; `absent` for nothing. */
export type FieldDifference = { readonly field: string; readonly want: string; readonly have: string };

/** The observed object at the start of a change, and the changed fields. */
export type FieldChange<T> = { readonly want: T; readonly have: T; readonly fields: readonly string[] };

/**
 * Something that happens to an interface and takes objects on it along. `gone`: it is deleted. `down`: it is set down.
 * `mac`: it gets another MAC. `left`: it leaves its bridge. 4 and 6: it loses its last address of that family.
 */
export type LinkEvent = 'gone' | 'down' | 'mac' | 'left' | 4 | 6;

/** The document's marks that objects do not carry themselves. Shape: `listed` are keys, `veths` names of links. */
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
  /** Returns the keys of everything that must be in place before anything is taken from an uplink or a bridge. */
  moved(): readonly ObjectKey[];
}

/** A table of objects for people. Shape: `name` is what `vnet get` calls it. */
export type KindList<T> = {
  readonly name: string;
  readonly headings: readonly string[];
  cells(object: T): readonly string[];
};

/**
 * One kind.
 * Shape: absent members have the usual behaviour. `F` are the names of its fields.
 */
export type Kind<T extends KernelObject, F extends string = keyof T & string> = {
  /** The fields in which two objects of one key can differ, each with its word in ip(8), bridge(8) or nft(8). */
  readonly fields: { readonly [Name in F]?: string };
  /** Those of the fields that are ours in a pod, too: chained plugins may change the others there. */
  readonly fieldsInPod?: readonly F[];
  /** Fields that follow from others, so that a plan that creates or deletes the object does not show them. */
  readonly implied?: readonly F[];
  /** Fields that change by themselves: a saved plan does not depend on them. */
  readonly volatile?: readonly F[];
  /** Fields that an object has from the one in whose place it comes, where nothing else is said of them. */
  readonly carried?: F[];
  /** Fields that an announcement of the kernel does not tell. */
  readonly untold?: readonly F[];
  /** The document's policy for it. */
  readonly policy: keyof Policy;
  /** True if pod traffic passes through objects of the kind. */
  readonly serves?: true;
  /** True for objects in pods' namespaces, read and announced there. */
  readonly inPods?: true;
  /** True for objects that are looked up one by one for a single endpoint. */
  readonly isEntry?: true;
  /** True where the kernel does not say which socket asked for a change. */
  readonly isAnonymous?: true;
  /** True for what takes others along when it goes or changes. */
  readonly carries?: true;
  /** The kind whose deletion takes this one along, where that is no interface. */
  readonly container?: string;
  /** Why one that vnet made is deleted when it is not desired any more; absent: it is not in the document. */
  readonly reasonToGo?: string;
  /** Its distance from the pod on the node, for `vnet explain`: 3 is the host veth, 7 the bridge. */
  readonly distance?: number;
  readonly list?: KindList<T>;
  /** Returns the identity within the namespace, as people read it: `neighbour 10.240.0.36 dev azure0`. */
  key(object: T): string;
  /** Returns the place in the order of creation; deletion is in the reverse order. Ten for each kind. */
  rank(object: T): number;
  /** Returns the object in the one spelling in which objects are compared. */
  normalise?(object: T): T;
  /** Returns the value as people read it, undefined where the usual text will do. */
  show?(field: string, value: unknown): string | undefined;
  /** Returns the fields that do not count although `want` has them. */
  ignored?(want: T): readonly string[];
  /** Returns the differences as people read them, where they are no list of fields. */
  differences?(want: T | undefined, have: T | undefined): readonly FieldDifference[];
  /** Returns the name and the value of the object, each in a few words, for `vnet explain`. */
  describe(object: T): readonly [label: string, value: string];
  /** Returns true for objects that vnet created and may delete. */
  isOurs(object: T, marks: DocumentMarks): boolean;
  /** Returns the keys of what must exist before it is created or changed. */
  needs?(want: T, desired: DesiredKeys): readonly ObjectKey[];
  /** Returns the keys of what must exist before it is deleted. */
  needsToGo?(have: T, desired: DesiredKeys): readonly ObjectKey[];
  /** Returns true for what must be in place before anything is taken from an uplink or a bridge. */
  isMoved?(object: T): boolean;
  /** Returns true for what the document lists: it is deleted from an uplink once the bridge has it, or the other way round. */
  isTaken?(object: T): boolean;
  /** Returns the disruption of a change. */
  disruptionOfChange?(change: FieldChange<T>): Disruption;
  /** Returns the disruption of the deletion. */
  disruptionOfDeletion?(have: T, desired: ObjectsByKey): Disruption;
  /** Returns true when what happens to its interface takes it along. Absent: only the interface's deletion does. */
  goesWith?(object: T, event: LinkEvent): boolean;
  /** Returns the settings (name and value) without which its deletion would take others along. */
  settingsToGo?(have: T, desired: ObjectsByKey): readonly (readonly [string, string])[];
  /** Returns true for entries that the kernel learns by itself. */
  isLearned?(object: T): boolean;
  /** Returns true for what DHCP gave. */
  isLease?(object: T): boolean;
  /** Returns what there can be only one of, whichever interface has it. */
  exclusive?(object: T): string;
};
