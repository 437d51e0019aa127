/** The expected state of the kernel, compared with notifications. Pure. */
import { normalisePrefix } from '../../model/addresses/address.ts';
import { kindOf } from '../../model/kinds/registry.ts';
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
  type State,
} from '../../model/state.ts';

/**
 * The expected state of the kernel.
 * Shape: `inPods` counts the keys of pods' addresses and routes without their place; `exclusive` are the
 * identities that exist at most once; `connected` is the node's address behind each interface's prefix route.
 */
export type Expectation = {
  readonly desired: Lookup<ObjectKey, NetObject>;
  readonly owns: Ownership;
  readonly inPods: Lookup<ObjectKey, number>;
  readonly exclusive: Lookup<string, true>;
  readonly connected: ReadonlyMap<string, AddressObject>;
};

/** Objects that are no longer desired, and those desired now. Shape: an object in both may have changed. */
export type Revision = { readonly gone: State; readonly come: State };

/** Returns the expectation that a desired State gives. */
export function expectationOf(desired: State, owns: Ownership): Expectation {
  const inPods = new Map<ObjectKey, number>();
  const exclusive = new Map<string, true>();
  const connected = new Map<string, AddressObject>();
  forEachIn(desired, (object) => {
    const key = placelessKeyOf(object);
    if (key !== undefined) inPods.set(key, (inPods.get(key) ?? 0) + 1);
    const only = exclusiveKeyOf(object);
    if (only !== undefined) exclusive.set(only, true);
    if (object.netns === HOST && object.kind === 'address' && object.prefixRoute === true) {
      connected.set(connectionOf(object.dev, normalisePrefix(object.address)), object);
    }
  });
  return { desired, owns, inPods, exclusive, connected };
}

/**
 * Returns the expectation after a change of endpoints. `owns` is that of the present document.
 * Law: as expectationOf() of the whole desired State, for the endpoints' objects.
 */
export function reviseExpectation(
  expectation: Expectation,
  { gone, come }: Revision,
  owns: Ownership,
): Expectation {
  const counts = new Map<ObjectKey, number>();
  const places = new Map<string, true | undefined>();
  const changes = new Map<ObjectKey, NetObject | undefined>();
  const count = (object: NetObject, by: number): void => {
    const key = placelessKeyOf(object);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? expectation.inPods.get(key) ?? 0) + by);
  };
  forEachIn(gone, (object, key) => {
    count(object, -1);
    changes.set(key, undefined);
    const only = exclusiveKeyOf(object);
    if (only !== undefined) places.set(only, undefined);
  });
  forEachIn(come, (object, key) => {
    count(object, 1);
    changes.set(key, object);
    const only = exclusiveKeyOf(object);
    if (only !== undefined) places.set(only, true);
  });
  const { desired, inPods, exclusive, connected } = expectation;
  return {
    desired: layer(desired, changes),
    owns,
    inPods: layer(
      inPods,
      [...counts].map(([key, number]) => [key, number > 0 ? number : undefined]),
    ),
    exclusive: layer(exclusive, places),
    connected,
  };
}

/** Returns the identity of an object that can exist only once; undefined for others. */
export function exclusiveKeyOf(object: NetObject): string | undefined {
  const key = kindOf(object).exclusive?.(object);
  return key === undefined ? undefined : `${object.kind} ${key}`;
}

/** Cached by object: of a thousand endpoints, all but one are unchanged. */
const placelessKeys = new WeakMap<NetObject, ObjectKey>();

/** Returns the key of an object on a pod's link as in notifications, without its place; undefined for others. */
function placelessKeyOf(object: NetObject): ObjectKey | undefined {
  if (object.netns === HOST || !('dev' in object) || kindOf(object).inPods !== true) return undefined;
  const known = placelessKeys.get(object);
  if (known !== undefined) return known;
  const key = keyOf({ ...object, netns: SOME_POD, dev: '' });
  placelessKeys.set(object, key);
  return key;
}

/** Returns the identity of the kernel's prefix route of an address of the interface. */
export function connectionOf(dev: string, to: string): string {
  return `${dev} ${to}`;
}
