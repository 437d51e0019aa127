/** A store of the unconfirmed change without files. */
import type { TentativeStore, Tentative } from '../../reconciler/loop/change/tentative.ts';
import { err, failure, ok } from '../../reconciler/model/result.ts';

/** A TentativeStore that a test can inspect. Shape: `clock` may be moved; `announced` are the announcements. */
export type MemoryTentativeStore = TentativeStore & {
  readonly clock: { uptimeMs: number };
  readonly announced: readonly string[];
  /** All written values. */
  readonly written: readonly Tentative[];
};

/** Returns a store without an unconfirmed change. */
export function createMemoryTentativeStore(): MemoryTentativeStore {
  let current: Tentative | undefined;
  let isHeld = false;
  const clock = { uptimeMs: 1_000_000 };
  const announced: string[] = [];
  const written: Tentative[] = [];
  return {
    clock,
    announced,
    written,
    read: () => ok(current),
    write: (tentative) => {
      // As with a file: the value read is a copy.
      current = JSON.parse(JSON.stringify(tentative)) as Tentative;
      written.push(current);
      return ok(undefined);
    },
    clear: () => {
      current = undefined;
      return ok(undefined);
    },
    lock: () => {
      if (isHeld) return err(failure('timeout', 'lock apply.lock', 'held by the test'));
      isHeld = true;
      return ok(() => {
        isHeld = false;
      });
    },
    uptimeMs: () => clock.uptimeMs,
    announce: (text) => void announced.push(text),
  };
}
