/** Of what changes the kernel has to tell us, so that the desired State can be kept. Pure. */
import { familyOf, normalisePrefix } from './address.ts';
import type { Destination, Interest } from './monitor.ts';
import { HOST, type NetObject, type State } from './state.ts';

/** Returns the interest that a desired State has. Law: depends on the objects alone, not on their order. */
export function interestOf(desired: State): Interest {
  const here = new Map<string, Destination>();
  const inPods = new Map<string, Destination>();
  let hasIpv6 = false;
  for (const object of desired.values()) {
    hasIpv6 ||= isIpv6(object);
    const destination = destinationOf(object);
    if (destination === undefined) continue;
    const { family, to } = destination;
    (object.netns === HOST ? here : inPods).set(`${family} ${to}`, { family, to });
  }
  return { destinations: inOrder(here), podDestinations: inOrder(inPods), hasIpv6 };
}

/** Returns true when both interests are of the same. */
export function isSameInterest(left: Interest, right: Interest): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function isIpv6(object: NetObject): boolean {
  if (object.kind === 'route') return object.family === 6;
  return object.kind === 'address' && familyOf(object.address) === 6;
}

/** A route leads there by itself, an address by the route that the kernel makes for it. */
function destinationOf(object: NetObject): Destination | undefined {
  if (object.kind === 'route') return object;
  if (object.kind !== 'address' || object.prefixRoute !== true) return undefined;
  return { family: familyOf(object.address) ?? 4, to: normalisePrefix(object.address) };
}

function inOrder(found: ReadonlyMap<string, Destination>): readonly Destination[] {
  return [...found.keys()].toSorted().flatMap((key) => found.get(key) ?? []);
}
