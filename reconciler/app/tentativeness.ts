/** What is said of a change that waits to be confirmed. Pure. */
import type { Tentative } from '../loop/change/tentative.ts';
import type { Tentativeness } from '../loop/watch/watch-ports.ts';

/** Returns what to say of the change, and until when it waits; undefined when there is none. */
export function tentativeness(tentative: Tentative | undefined): Tentativeness | undefined {
  if (tentative === undefined) return undefined;
  const { id, window } = tentative;
  return {
    message: `generation ${id}: keep with vnet confirm, roll back with vnet revert`,
    until: window === undefined ? undefined : new Date(window.deadline),
  };
}
