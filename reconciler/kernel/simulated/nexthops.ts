/** Nexthop objects of the simulated kernel. Source: net/ipv4/nexthop.c, as verified by the contract suite. */
import type { NetnsPath, NexthopObject } from '../../model/state.ts';
import { removeObject, type SimulatedKind } from './generic.ts';
import { type Outcome, refuse, type SimulatedTables } from './tables.ts';

/** Nexthop objects. Routes that use one follow it, and are deleted with it. */
export const simulatedNexthop: SimulatedKind<NexthopObject> = {
  refuses: cannotMake,
  afterCreate: takeRoutesAlong,
  remove: (tables, have) => {
    const removed = removeObject(tables, have);
    if (removed.ok && removed.value === 'changed') forget(tables, have);
    return removed;
  },
};

function cannotMake(tables: SimulatedTables, want: NexthopObject): Outcome | undefined {
  const { netns, dev, group = [] } = want;
  if (dev !== '' && tables.linkAt(netns, dev)?.up !== true) {
    return refuse('invalid', want, 'Network is down: the device for the nexthop is not up');
  }
  const numbers = new Set(
    tables.all('nexthop').flatMap((one) => (one.netns === netns ? [String(one.id)] : [])),
  );
  const isWhole = group.every((member) => numbers.has(member.split(',')[0] ?? ''));
  return isWhole ? undefined : refuse('invalid', want, 'Invalid nexthop id');
}

/** Returns the interface of routes that use the nexthop object; for a group, that of its first member. */
export function deviceOfNexthop(tables: SimulatedTables, netns: NetnsPath, id: number): string | undefined {
  const one = tables.all('nexthop').find((nexthop) => nexthop.netns === netns && nexthop.id === id);
  const [first] = one?.group ?? [];
  return first === undefined ? one?.dev : deviceOfNexthop(tables, netns, Number(first.split(',')[0]));
}

/** Ensures that routes that use it, or a group with it, are on its interface. */
function takeRoutesAlong(tables: SimulatedTables, { netns }: NexthopObject): void {
  for (const route of tables.all('route')) {
    if (route.netns !== netns || route.nextHopId === undefined) continue;
    const dev = deviceOfNexthop(tables, netns, route.nextHopId);
    if (dev !== undefined && dev !== route.dev) tables.put({ ...route, dev });
  }
}

function forget(tables: SimulatedTables, { netns, id }: NexthopObject): void {
  for (const route of tables.all('route')) {
    if (route.netns === netns && route.nextHopId === id) tables.remove(route);
  }
  for (const other of tables.all('nexthop')) {
    const left = other.group?.filter((member) => member.split(',')[0] !== String(id));
    if (other.netns !== netns || left === undefined || left.length === other.group?.length) continue;
    const [first] = left;
    if (first !== undefined) tables.put({ ...other, group: left });
    else {
      tables.remove(other);
      forget(tables, other);
    }
  }
}
