/** Restores the order of an uplink's addresses after a rollback: one that was deleted and added again is the last one. */
import type { Change } from '../../model/ports/kernel.ts';
import { HOST, KeyOrdered, keyOf, type NetObject, type State } from '../../model/state.ts';
import { addressOrderChanges } from '../node/address-order.ts';
import type { Session } from '../node/session.ts';

/** The kernel deletes secondary addresses with their primary one: they are missing after the first pass. */
const MOST_PASSES = 3;

/**
 * Ensures that addresses that the undo plan adds to an interface are there in the order that they had before,
 * with their routes. Errors are left to the next run: the addresses themselves are there.
 */
export function restoreOrder(
  { kernel }: Pick<Session, 'kernel'>,
  before: State,
  undoPlan: readonly Change[],
): void {
  const devices = new Set(
    undoPlan.flatMap((change) =>
      change.verb === 'create' && change.want.kind === 'address' ? [change.want.dev] : [],
    ),
  );
  const wanted = new KeyOrdered();
  for (const [key, object] of before) if (isOn(object, devices)) wanted.set(key, object);
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    if (!seen.ok) return;
    const { state } = seen.value;
    const missing = Array.from(wanted.values()).filter((object) => !state.has(keyOf(object)));
    const creations = missing.map((want): Change => ({ verb: 'create', want }));
    const changes = [...creations, ...addressOrderChanges(wanted, state, creations, true)];
    if (changes.length === 0) return;
    kernel.apply(changes);
  }
}

function isOn(object: NetObject, devices: ReadonlySet<string>): boolean {
  if (object.netns !== HOST || (object.kind !== 'address' && object.kind !== 'route')) return false;
  return object.dev !== undefined && devices.has(object.dev);
}
