/** What must be set so that removing an object removes no other one. Pure. */
import { HOST } from '../model/kinds/kind.ts';
import { kindOf } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import type { NetObject, State } from '../model/state.ts';

/** A setting, and the object that is to go without taking others along. */
export type Promotion = { readonly change: Change; readonly of: NetObject };

/** Returns the settings that the deletions among the changes need: see `settingsToGo` of the kinds. */
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
