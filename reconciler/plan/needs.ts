/** Prerequisites of a step: the steps that come first, and the sysctls of a deletion. Pure. */
import { type DesiredKeys, HOST, type NetnsPath, type ObjectKey } from '../model/kinds/kind.ts';
import { linkKeyOf } from '../model/kinds/link.ts';
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import type { State } from '../model/state.ts';
import { addToList } from '../model/objects.ts';

/** Returns the keys of a desired state, looked up once for all steps. */
export function indexNeeds(desired: State): DesiredKeys {
  const index = new KeyIndex();
  for (const [key, object] of desired) index.add(key, object);
  return index;
}

class KeyIndex implements DesiredKeys {
  readonly #moved: ObjectKey[] = [];
  readonly #bridges = new Map<string, ObjectKey>();
  readonly #vethOfPeer = new Map<ObjectKey, ObjectKey>();
  /** By kind, and by kind and interface. */
  readonly #keys = new Map<string, ObjectKey[]>();

  add(key: ObjectKey, object: NetObject): void {
    if (kindOf(object).isMoved?.(object) === true) this.#moved.push(key);
    if (object.kind === 'link' && object.type === 'bridge') this.#bridges.set(object.name, key);
    if (object.kind === 'link' && object.peer !== undefined) {
      this.#vethOfPeer.set(linkKeyOf(object.peer.name, object.peer.netns), key);
    }
    addToList(this.#keys, object.kind, key);
    if ('dev' in object) addToList(this.#keys, placeOf(object.kind, object.netns, object.dev), key);
  }

  ofKind(kind: string): readonly ObjectKey[] {
    return this.#keys.get(kind) ?? [];
  }

  onLink(kind: string, netns: NetnsPath, name: string): readonly ObjectKey[] {
    return this.#keys.get(placeOf(kind, netns, name)) ?? [];
  }

  peerOf(netns: NetnsPath, name: string): ObjectKey | undefined {
    return this.#vethOfPeer.get(linkKeyOf(name, netns));
  }

  bridges(): ReadonlyMap<string, ObjectKey> {
    return this.#bridges;
  }

  moved(): readonly ObjectKey[] {
    return this.#moved;
  }
}

/**
 * Returns the keys whose own steps, if any, must succeed first. A link must exist before objects on it; rules
 * and bridge before the uplink joins; moved objects must exist on the new interface before they are removed
 * from the old one.
 */
export function needsOf(change: Change, desired: DesiredKeys): readonly ObjectKey[] {
  if (change.verb === 'delete') return kindOf(change.have).needsToGo?.(change.have, desired) ?? [];
  return kindOf(change.want).needs?.(change.want, desired) ?? [];
}

function placeOf(kind: string, netns: NetnsPath, name: string): string {
  return `${kind} ${name} ${netns}`;
}

/** A sysctl, and the object whose deletion must not remove others. */
export type DeletionSetting = { readonly change: Change; readonly of: NetObject };

/** Returns the sysctls needed by the deletions among the changes: see `settingsForDeletion` of the kinds. */
export function deletionSettings(changes: readonly Change[], desired: State): readonly DeletionSetting[] {
  const settings = new Map<string, { readonly value: string; readonly of: NetObject }>();
  for (const change of changes) {
    if (change.verb === 'create') continue;
    // An address that is added again is deleted before.
    if (change.verb === 'update' && !change.fields.includes('place')) continue;
    for (const [name, value] of kindOf(change.have).settingsForDeletion?.(change.have, desired) ?? []) {
      settings.set(name, { value, of: change.have });
    }
  }
  return Array.from(settings, ([name, { value, of }]) => ({
    change: { verb: 'create', want: { kind: 'sysctl', netns: HOST, name, value } },
    of,
  }));
}
