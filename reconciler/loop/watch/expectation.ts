/** What the kernel is expected to have, as announcements are compared with it. Pure. */
import { normalisePrefix } from '../../model/addresses/address.ts';
import { layer, type Lookup } from '../../model/layered.ts';
import { SOME_POD } from '../../model/ports/monitor.ts';
import type { Ownership } from '../../model/ownership.ts';
import {
  type AddressObject,
  forEachIn,
  HOST,
  keyOf,
  type NetObject,
  type ObjectKey,
  type RouteObject,
  type State,
} from '../../model/state.ts';

/**
 * What the kernel is expected to have.
 * Shape: `inPods` counts the keys of pods' addresses and routes without their place; `forwarded` has the port of each MAC;
 * `connected` the node's address that each interface has the route to a prefix for.
 */
export type Expectation = {
  readonly desired: Lookup<ObjectKey, NetObject>;
  readonly owns: Ownership;
  readonly inPods: Lookup<ObjectKey, number>;
  readonly forwarded: Lookup<string, string>;
  readonly connected: ReadonlyMap<string, AddressObject>;
};

/** Objects that are wanted no more, and those that are wanted now. Shape: what is in both has changed, or has not. */
export type Revision = { readonly gone: State; readonly come: State };

/** Returns the expectation that a desired State gives. */
export function expectationOf(desired: State, owns: Ownership): Expectation {
  const inPods = new Map<ObjectKey, number>();
  const forwarded = new Map<string, string>();
  const connected = new Map<string, AddressObject>();
  forEachIn(desired, (object) => {
    if (isInPod(object)) {
      const key = placelessKeyOf(object);
      inPods.set(key, (inPods.get(key) ?? 0) + 1);
    }
    if (object.kind === 'fdb') forwarded.set(object.mac, object.dev);
    if (object.netns === HOST && object.kind === 'address' && object.prefixRoute === true) {
      connected.set(connectionOf(object.dev, normalisePrefix(object.address)), object);
    }
  });
  return { desired, owns, inPods, forwarded, connected };
}

/**
 * Returns the expectation when endpoints are not what they were. `owns` is that of the document as it is now.
 * Law: as expectationOf() of the whole desired State, for what endpoints have.
 */
export function reviseExpectation(
  expectation: Expectation,
  { gone, come }: Revision,
  owns: Ownership,
): Expectation {
  const counts = new Map<ObjectKey, number>();
  const ports = new Map<string, string | undefined>();
  const changes = new Map<ObjectKey, NetObject | undefined>();
  const count = (object: NetObject, by: number): void => {
    if (!isInPod(object)) return;
    const key = placelessKeyOf(object);
    counts.set(key, (counts.get(key) ?? expectation.inPods.get(key) ?? 0) + by);
  };
  forEachIn(gone, (object, key) => {
    count(object, -1);
    changes.set(key, undefined);
    if (object.kind === 'fdb') ports.set(object.mac, undefined);
  });
  forEachIn(come, (object, key) => {
    count(object, 1);
    changes.set(key, object);
    if (object.kind === 'fdb') ports.set(object.mac, object.dev);
  });
  const { desired, inPods, forwarded, connected } = expectation;
  return {
    desired: layer(desired, changes),
    owns,
    inPods: layer(
      inPods,
      [...counts].map(([key, number]) => [key, number > 0 ? number : undefined]),
    ),
    forwarded: layer(forwarded, ports),
    connected,
  };
}

function isInPod(object: NetObject): object is AddressObject | RouteObject {
  return object.netns !== HOST && (object.kind === 'address' || object.kind === 'route');
}

/** By the object: of a thousand endpoints all but one are those of the document before. */
const placelessKeys = new WeakMap<NetObject, ObjectKey>();

function placelessKeyOf(object: AddressObject | RouteObject): ObjectKey {
  const known = placelessKeys.get(object);
  if (known !== undefined) return known;
  const key = keyOf({ ...object, netns: SOME_POD, dev: '' });
  placelessKeys.set(object, key);
  return key;
}

/** Returns what stands for the route that the kernel makes for an address of the interface. */
export function connectionOf(dev: string, to: string): string {
  return `${dev} ${to}`;
}
