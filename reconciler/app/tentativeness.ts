/** The text about an unconfirmed change. Pure. */
import type { Tentative } from '../loop/change/tentative.ts';
import type { Tentativeness } from '../loop/watch/watch-ports.ts';

/** Returns the text and the deadline of the change; undefined without an unconfirmed change. */
export function tentativeness(tentative: Tentative | undefined): Tentativeness | undefined {
  if (tentative === undefined) return undefined;
  const { id, window } = tentative;
  return {
    message: `generation ${id}: keep with vnet confirm, roll back with vnet revert`,
    until: window === undefined ? undefined : new Date(window.deadline),
  };
}
