/** The contents of a simulated node, as a value for a file, and as mutable tables. */
import { hardwareOf } from '../../model/kinds/hardware.ts';
import type { LinkEvent } from '../../model/kinds/kind.ts';
import { kindOf, type ObjectOf } from '../../model/kinds/registry.ts';
import { fail, type FailureCode, ok, type Result } from '../../model/result.ts';
import {
  HOST,
  keyOf,
  type LinkObject,
  type NetnsPath,
  type NetObject,
  normaliseObject,
  type ObjectKey,
} from '../../model/state.ts';

/**
 * A simulated node as plain JSON.
 * Shape: `objects` in order of creation (the first address of a subnet is its primary); `namespaces` have an
 * inode; `pinned` are explicitly set MACs and MTUs of bridges; `sets` are those of nftables tables; `boot` is
 * the state after a boot: devices, and the configuration of the node's DHCP client.
 */
export type SimulatedNode = {
  readonly objects: readonly NetObject[];
  readonly namespaces: readonly (readonly [NetnsPath, number])[];
  readonly pinned: readonly string[];
  readonly sets: readonly (readonly [string, 'set' | 'map'])[];
  readonly boot: readonly NetObject[];
  readonly serial: number;
};

/** A mutable simulated node. Shape: as SimulatedNode, with tables. */
export class SimulatedTables {
  readonly objects: Map<ObjectKey, NetObject>;
  readonly namespaces: Map<NetnsPath, number>;
  readonly pinned: Set<string>;
  readonly sets: Map<string, 'set' | 'map'>;
  boot: readonly NetObject[];
  serial: number;

  /** The tables of the node; by default of a freshly booted one with only `lo`. */
  constructor(node?: SimulatedNode) {
    this.objects = new Map((node?.objects ?? []).map((object) => [keyOf(object), object]));
    this.namespaces = new Map(node?.namespaces ?? []);
    this.pinned = new Set(node?.pinned ?? []);
    this.sets = new Map(node?.sets ?? []);
    this.boot = node?.boot ?? [];
    this.serial = node?.serial ?? 1;
    if (this.linkAt(HOST, 'lo') === undefined) this.put({ ...loopback(HOST), up: true });
  }

  /** Returns the node as a value. Law: equals the node of the constructor if that has `lo`. */
  toNode(): SimulatedNode {
    return {
      objects: Array.from(this.objects.values()),
      namespaces: Array.from(this.namespaces),
      pinned: Array.from(this.pinned),
      sets: Array.from(this.sets),
      boot: this.boot,
      serial: this.serial,
    };
  }

  /** Stores the object, replacing one with the same key. */
  put(object: NetObject): void {
    const normalised = normaliseObject(object);
    this.objects.set(keyOf(normalised), normalised);
  }

  /** Removes the object. */
  remove(object: NetObject): void {
    this.objects.delete(keyOf(object));
  }

  /** Removes the objects that this event of the interface takes along. */
  removeOn(link: { readonly netns: NetnsPath; readonly name: string }, event: LinkEvent): void {
    for (const object of Array.from(this.objects.values())) {
      if (object.netns !== link.netns || !('dev' in object)) continue;
      // A filter without its target is as good as none.
      if (event === 'gone' && object.kind === 'filter' && object.redirect === link.name) this.remove(object);
      if (object.dev !== link.name) continue;
      if (kindOf(object).goesWith?.(object, event) ?? event === 'gone') this.remove(object);
    }
  }

  /** Returns the stored object with this one's identity. */
  find<K extends NetObject['kind']>(like: NetObject & { readonly kind: K }): ObjectOf<K> | undefined {
    const found = this.objects.get(keyOf(normaliseObject(like)));
    return found !== undefined && isKind(found, like.kind) ? found : undefined;
  }

  /** Returns all objects of the kind, oldest first. */
  all<K extends NetObject['kind']>(kind: K): readonly ObjectOf<K>[] {
    return Array.from(this.objects.values()).filter((object): object is ObjectOf<K> => object.kind === kind);
  }

  /** Returns the interface of that name in that namespace. */
  linkAt(netns: NetnsPath, name: string): LinkObject | undefined {
    return this.find({ kind: 'link', netns, name, type: 'device' });
  }

  /** Returns the interface that has this as an alternative name. */
  linkAlsoNamed(netns: NetnsPath, name: string): LinkObject | undefined {
    return this.all('link').find((link) => link.netns === netns && hardwareOf(link).altNames.includes(name));
  }
}

function isKind<K extends NetObject['kind']>(object: NetObject, kind: K): object is ObjectOf<K> {
  return object.kind === kind;
}

/** The result of a change. */
export type Outcome = Result<'changed' | 'unchanged'>;

/** The change was made. */
export const CHANGED: Outcome = ok('changed');

/** Nothing had to be changed. */
export const UNCHANGED: Outcome = ok('unchanged');

/** Returns the loopback interface of a new namespace. */
export function loopback(netns: NetnsPath): LinkObject {
  return {
    kind: 'link',
    netns,
    name: 'lo',
    type: 'device',
    up: false,
    mac: '00:00:00:00:00:00',
    mtuBytes: 65_536,
    multicast: false,
    master: '',
  };
}

/** Returns true if the object has all wanted values; fields absent from `want` are ignored. */
export function isAsWanted(have: NetObject, want: NetObject): boolean {
  const fields = Object.entries(normaliseObject(want)).filter(
    ([name]) => name !== 'type' && name !== 'script',
  );
  const values = new Map(Object.entries(have));
  return fields.every(([name, value]) => {
    const held = values.get(name) ?? (value === false ? false : value === '' ? '' : undefined);
    return value === undefined || JSON.stringify(held) === JSON.stringify(value);
  });
}

/** Returns the refusal of a change: code and kernel's message. */
export function refuse(code: FailureCode, object: NetObject, message: string, hint?: string): Outcome {
  return fail(code, keyOf(object), message, hint === undefined ? {} : { hint });
}
