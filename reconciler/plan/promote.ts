/** What must be set so that removing an address removes no other one. Pure. */
import { familyOf, normalisePrefix } from '../model/addresses/address.ts';
import type { Change } from '../model/ports/kernel.ts';
import { HOST, type State } from '../model/state.ts';

/** A setting of a device, and the change that makes it. */
export type Promotion = { readonly dev: string; readonly change: Change };

/**
 * Returns the settings that the deletions among the changes need. Where the first IPv4 address of a prefix goes from a
 * device, Linux takes the later ones with it, unless it may promote them.
 * Source: promote_secondaries in ip-sysctl.rst of the kernel's documentation.
 */
export function promotionsFor(changes: readonly Change[], desired: State): readonly Promotion[] {
  const devices = new Set<string>();
  for (const change of changes) {
    if (change.verb !== 'delete' || change.have.kind !== 'address') continue;
    const { netns, dev, address, secondary } = change.have;
    if (netns !== HOST || secondary === true || familyOf(address) !== 4) continue;
    if (hasAddressBeside(desired, dev, normalisePrefix(address))) devices.add(dev);
  }
  return [...devices].toSorted().map((dev) => ({
    dev,
    change: {
      verb: 'create',
      want: { kind: 'sysctl', netns: HOST, name: `net/ipv4/conf/${dev}/promote_secondaries`, value: '1' },
    },
  }));
}

function hasAddressBeside(desired: State, dev: string, prefix: string): boolean {
  for (const object of desired.values()) {
    if (object.kind !== 'address' || object.netns !== HOST || object.dev !== dev) continue;
    if (normalisePrefix(object.address) === prefix) return true;
  }
  return false;
}
