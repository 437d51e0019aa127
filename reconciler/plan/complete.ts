/** Completes the changes of a plan: sysctls that deletions need, and attributes that move along. Pure. */
import { HOST, type KernelObject, type RestAttributes } from '../model/kinds/kind.ts';
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import { keyOf, type ObjectKey, type State } from '../model/state.ts';

/** A sysctl change, and the object to be deleted without taking others along. */
export type Promotion = { readonly change: Change; readonly of: NetObject };

/** Returns the sysctl changes that the deletions need: see `settingsToGo` of the kinds. */
export function promotionsFor(changes: readonly Change[], desired: State): readonly Promotion[] {
  const settings = new Map<string, { readonly value: string; readonly of: NetObject }>();
  for (const change of changes) {
    if (change.verb !== 'delete') continue;
    for (const [name, value] of kindOf(change.have).settingsToGo?.(change.have, desired) ?? []) {
      settings.set(name, { value, of: change.have });
    }
  }
  return Array.from(settings, ([name, { value, of }]) => ({
    change: { verb: 'create', want: { kind: 'sysctl', netns: HOST, name, value } },
    of,
  }));
}

/**
 * Returns the changes with the `rest` of the object that each replaces: of the same key, or deleted from
 * another interface. Fields of the document are kept; `rest` cannot be in the document.
 */
export function carryRest(changes: readonly Change[]): readonly Change[] {
  const left = new Map<ObjectKey, RestAttributes>();
  for (const change of changes) {
    const rest = change.verb === 'delete' ? restOf(change.have) : undefined;
    if (change.verb === 'delete' && rest !== undefined) left.set(keyAnywhere(change.have), rest);
  }
  return changes.map((change) => {
    if (change.verb === 'delete' || restOf(change.want) !== undefined) return change;
    const { want } = change;
    const rest =
      change.verb === 'update'
        ? restOf(change.have)
        : left.size === 0
          ? undefined
          : left.get(keyAnywhere(want));
    // A link update sets only differing fields: nothing moves.
    return rest === undefined || !('rest' in kindOf(want).fields)
      ? change
      : { ...change, want: { ...want, rest } };
  });
}

function restOf({ rest }: KernelObject): RestAttributes | undefined {
  return rest;
}

function keyAnywhere(object: NetObject): ObjectKey {
  return keyOf('dev' in object ? { ...object, dev: '' } : object);
}
