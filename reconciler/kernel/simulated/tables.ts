/** The contents of a simulated node, as a value for a file, and as mutable tables. */
import { hardwareOf } from '../../model/kinds/hardware.ts';
import type { LinkEvent } from '../../model/kinds/kind.ts';
import { kindOf, type ObjectOf } from '../../model/kinds/registry.ts';
import { type FailureCode, err, failure, ok, type Result } from '../../model/result.ts';
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
export type SimulatedTables = {
  readonly objects: Map<ObjectKey, NetObject>;
  readonly namespaces: Map<NetnsPath, number>;
  readonly pinned: Set<string>;
  readonly sets: Map<string, 'set' | 'map'>;
  boot: readonly NetObject[];
  serial: number;
};

/** The result of a change. */
export type Outcome = Result<'changed' | 'unchanged'>;

/** The change was made. */
export const CHANGED: Outcome = ok('changed');

/** Nothing had to be changed. */
export const UNCHANGED: Outcome = ok('unchanged');

/** Returns the tables of the node; by default of a freshly booted one with only `lo`. */
export function openTables(node?: SimulatedNode): SimulatedTables {
  const tables: SimulatedTables = {
    objects: new Map((node?.objects ?? []).map((object) => [keyOf(object), object])),
    namespaces: new Map(node?.namespaces ?? []),
    pinned: new Set(node?.pinned ?? []),
    sets: new Map(node?.sets ?? []),
    boot: node?.boot ?? [],
    serial: node?.serial ?? 1,
  };
  if (linkAt(tables, HOST, 'lo') === undefined) put(tables, loopback(HOST, true));
  return tables;
}

/** Returns the node as a value. Law: closeTables(openTables(node)) equals node for every node that has `lo`. */
export function closeTables(tables: SimulatedTables): SimulatedNode {
  return {
    objects: Array.from(tables.objects.values()),
    namespaces: Array.from(tables.namespaces),
    pinned: Array.from(tables.pinned),
    sets: Array.from(tables.sets),
    boot: tables.boot,
    serial: tables.serial,
  };
}

/** Returns the loopback interface of a new namespace. */
export function loopback(netns: NetnsPath, up: boolean): LinkObject {
  return {
    kind: 'link',
    netns,
    name: 'lo',
    type: 'device',
    up,
    mac: '00:00:00:00:00:00',
    mtuBytes: 65_536,
    multicast: false,
    master: '',
  };
}

/** Stores the object, replacing one with the same key. */
export function put(tables: SimulatedTables, object: NetObject): void {
  const normalised = normaliseObject(object);
  tables.objects.set(keyOf(normalised), normalised);
}

/** Removes the object. */
export function remove(tables: SimulatedTables, object: NetObject): void {
  tables.objects.delete(keyOf(object));
}

/** Removes the objects that this event of the interface takes along. */
export function removeOn(
  tables: SimulatedTables,
  link: { readonly netns: NetnsPath; readonly name: string },
  event: LinkEvent,
): void {
  for (const object of Array.from(tables.objects.values())) {
    if (object.netns !== link.netns || !('dev' in object)) continue;
    // A filter without its target is as good as none.
    if (event === 'gone' && object.kind === 'filter' && object.redirect === link.name) remove(tables, object);
    if (object.dev !== link.name) continue;
    if (kindOf(object).goesWith?.(object, event) ?? event === 'gone') remove(tables, object);
  }
}

/** Returns the stored object with this one's identity. */
export function find<K extends NetObject['kind']>(
  tables: SimulatedTables,
  like: NetObject & { readonly kind: K },
): ObjectOf<K> | undefined {
  const found = tables.objects.get(keyOf(normaliseObject(like)));
  return found !== undefined && isKind(found, like.kind) ? found : undefined;
}

function isKind<K extends NetObject['kind']>(object: NetObject, kind: K): object is ObjectOf<K> {
  return object.kind === kind;
}

/** Returns all objects of the kind, oldest first. */
export function all<K extends NetObject['kind']>(tables: SimulatedTables, kind: K): readonly ObjectOf<K>[] {
  return Array.from(tables.objects.values()).filter((object): object is ObjectOf<K> => object.kind === kind);
}

/** Returns the interface of that name in that namespace. */
export function linkAt(tables: SimulatedTables, netns: NetnsPath, name: string): LinkObject | undefined {
  return find(tables, { kind: 'link', netns, name, type: 'device' });
}

/** Returns the interface that has this as an alternative name. */
export function linkAlsoNamed(
  tables: SimulatedTables,
  netns: NetnsPath,
  name: string,
): LinkObject | undefined {
  return all(tables, 'link').find((link) => link.netns === netns && hardwareOf(link).altNames.includes(name));
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
  return err(failure(code, keyOf(object), message, hint === undefined ? {} : { hint }));
}
