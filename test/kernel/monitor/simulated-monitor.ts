/** The notifications that Linux would send for changes of a simulated kernel, for tests of listeners. */
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { type Monitor, type Notice, SOME_POD } from '../../../reconciler/model/ports/monitor.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { HOST, keyOf, type LinkObject, type NetObject } from '../../../reconciler/model/state.ts';

/** The fields in a link notification; the peer is not among them. */
const LINK_FIELDS = ['type', 'up', 'mac', 'mtuBytes', 'multicast', 'master', 'alias', 'port'];

type Objects = ReadonlyMap<string, NetObject>;

/** Returns all objects of the simulated kernel, foreign and ours, of host and pods. */
function objectsIn(kernel: SimulatedKernel): Objects {
  const { objects } = JSON.parse(kernel.dump()) as { readonly objects: readonly NetObject[] };
  return new Map(objects.map((object) => [keyOf(object), object]));
}

/**
 * Returns Linux's notifications for this difference of objects, in a possible order. `change` is the
 * requested change, absent for the end of a namespace.
 * Law: as the real Monitor (test/kernel/monitor/contract): objects removed along with another are reported,
 * except IPv4 routes (removed silently with their interface, its address, or when it goes down), the contents
 * of a deleted table, and those of a namespace.
 */
function announcementsOf(before: Objects, after: Objects, change: Change | undefined): readonly Notice[] {
  const gone = [...before].flatMap(([key, object]) => (after.has(key) ? [] : [object]));
  const made = [...after].flatMap(([key, object]) =>
    JSON.stringify(before.get(key)) === JSON.stringify(object) ? [] : [object],
  );
  return [
    ...gone.filter((object) => isReported(object, change)).map(goneNotice),
    ...made.flatMap((object) => setNotices(object, before, after)),
    ...prefixRouteNotices(change),
  ];
}

function isReported(object: NetObject, change: Change | undefined): boolean {
  const isAsked = change?.verb === 'delete' && keyOf(change.have) === keyOf(object);
  // Of a pod, only removals are reported, and changes of its veth's host end.
  if (object.netns !== HOST) return isAsked || (object.kind === 'address' && change !== undefined);
  if (object.kind === 'route') return isAsked || object.family === 6;
  if (object.kind === 'nft-element') return isAsked;
  return object.kind !== 'sysctl';
}

function goneNotice(object: NetObject): Notice {
  const place = object.netns === HOST ? {} : { netns: SOME_POD, ...('dev' in object ? { dev: '' } : {}) };
  return { verb: 'gone', object: { ...object, ...place }, portId: 0 };
}

function setNotices(object: NetObject, before: Objects, after: Objects): readonly Notice[] {
  const was = before.get(keyOf(object));
  if (object.netns !== HOST) {
    return object.kind === 'link' && was?.kind === 'link' && was.up !== object.up
      ? carrierOf(object, after)
      : [];
  }
  if (object.kind === 'sysctl') return [];
  // nft cannot express a new value of an element.
  const first: readonly Notice[] =
    object.kind === 'nft-element' && was !== undefined ? [goneNotice(was)] : [];
  const verb = object.kind === 'nft-table' ? 'touched' : 'set';
  const fields = object.kind === 'link' ? { fields: LINK_FIELDS } : {};
  return [...first, { verb, object, ...fields, portId: 0 }];
}

/** A pod's end is reported through its host end only, which has no carrier while the other is down. */
function carrierOf({ netns, name, up }: LinkObject, after: Objects): readonly Notice[] {
  const host = [...after.values()].find(
    (object) => object.kind === 'link' && object.peer?.netns === netns && object.peer.name === name,
  );
  if (host?.kind !== 'link' || host.up !== true) return [];
  const object: LinkObject = { kind: 'link', netns: SOME_POD, name: host.name, type: 'veth' };
  return [{ verb: up === true ? 'set' : 'touched', object, portId: 0 }];
}

/** The kernel's own routes are not part of a State, but their deletion or restoration is reported. */
function prefixRouteNotices(change: Change | undefined): readonly Notice[] {
  if (change === undefined || change.verb === 'update') return [];
  const object = change.verb === 'delete' ? change.have : change.want;
  if (object.kind !== 'route' || object.protocol !== 2) return [];
  if (change.verb === 'delete') return [goneNotice(object)];
  return object.netns === HOST ? [{ verb: 'set', object, portId: 0 }] : [];
}

/** A Monitor, and control over its kernel. */
export type SimulatedMonitor = Monitor & {
  /** Changes the kernel and reports the consequences; `more` is added to each notice. */
  readonly play: <T>(work: () => T, change?: Change, more?: Partial<Notice>) => T;
  /** Reports these notices. */
  readonly announce: (notices: readonly Notice[]) => void;
  /** From now on notifications were lost. */
  readonly lose: () => void;
};

/** Returns a monitor of the kernel; `ready` is called when there is something to drain. */
export function createSimulatedMonitor(kernel: SimulatedKernel, ready: () => void): SimulatedMonitor {
  let queue: Notice[] = [];
  let isLost = false;
  const announce = (notices: readonly Notice[]): void => {
    if (notices.length === 0) return;
    queue.push(...notices);
    ready();
  };
  return {
    attend: () => ok(undefined),
    drain: () => {
      const taken = { notices: queue, isLost };
      [queue, isLost] = [[], false];
      return taken;
    },
    close: () => void (queue = []),
    play: (work, change, more = {}) => {
      const before = objectsIn(kernel);
      const done = work();
      announce(announcementsOf(before, objectsIn(kernel), change).map((notice) => ({ ...notice, ...more })));
      return done;
    },
    announce,
    lose: () => {
      isLost = true;
      ready();
    },
  };
}
