/** What must be set so that removing an object removes no other one. Pure. */
import { HOST } from '../model/kinds/kind.ts';
import { kindOf } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import type { State } from '../model/state.ts';

/** Returns the settings that the deletions among the changes need: see `settingsToGo` of the kinds. */
export function promotionsFor(changes: readonly Change[], desired: State): readonly Change[] {
  const settings = new Map<string, string>();
  for (const change of changes) {
    if (change.verb !== 'delete') continue;
    for (const [name, value] of kindOf(change.have).settingsToGo?.(change.have, desired) ?? []) {
      settings.set(name, value);
    }
  }
  return Array.from(settings, ([name, value]) => ({
    verb: 'create',
    want: { kind: 'sysctl', netns: HOST, name, value },
  }));
}
