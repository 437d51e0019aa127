/**
 * A kernel as a value. It answers as Linux does, with the same codes, for random tests and for trying vnet
 * where namespaces are not allowed. One contract suite verifies it and the real kernel. No timers: it changes
 * only by calls.
 */
import { isAnyList, isNumber, parseJson, withFields } from '../../model/objects.ts';
import { kindOf, type ObjectOf } from '../../model/kinds/registry.ts';
import { sysctlsOn } from '../../model/kinds/sysctl.ts';
import {
  type Change,
  type Kernel,
  type NamespaceFact,
  type Observation,
  type Scope,
  subjectOf,
} from '../../model/ports/kernel.ts';
import { err, type Failure, ok, type Result, assertNever } from '../../model/result.ts';
import {
  HOST,
  keyOf,
  type LinkObject,
  type NetnsPath,
  type NetObject,
  normaliseObject,
  toState,
} from '../../model/state.ts';
import {
  observedAddress,
  simulatedSysctl,
  createAddress,
  deleteAddress,
  updateAddress,
  writeSysctl,
} from './addresses.ts';
import { removeLink, createLink, deleteLink, updateLink } from './links.ts';
import { loopback, type Outcome, refuse, type SimulatedNode, SimulatedTables, UNCHANGED } from './tables.ts';
import { type ChangedBy, createObject, removeObject, type SimulatedKind } from './generic.ts';
import { deleteTable, makeTable, simulatedElement } from './nft.ts';
import { simulatedNexthop } from './nexthops.ts';
import { simulatedFdb, simulatedNeighbour, simulatedRoute } from './routes.ts';

/** A Kernel, with control over its environment for tests and the lab. */
export interface SimulatedKernel extends Kernel {
  /** Ensures a network namespace at the path, with `lo`. Returns its inode. */
  addNamespace(path: NetnsPath): number;
  /** Ensures that the namespace is gone, with its interfaces and their host veths. */
  removeNamespace(path: NetnsPath): void;
  /** Ensures a host device and the configuration of the node's DHCP client on it; reboot() restores both. */
  addDevice(device: LinkObject, configuration?: readonly NetObject[]): void;
  /** Applies a change as another program's `ip` or `nft` would: ownership is not checked. */
  tamper(change: Change): Result<'changed' | 'unchanged'>;
  /** Makes the next matching change fail without effect. */
  failNext(predicate: (change: Change) => boolean, failure: Failure): void;
  /**
   * Ensures the state after a boot: no namespaces or virtual interfaces, devices with their boot
   * configuration.
   */
  reboot(): void;
  /**
   * Returns the node as JSON.
   * Law: createSimulatedKernel(parseSimulatedNode(dump())) is observed as the same.
   */
  dump(): string;
}

/** Returns the node written by dump(); undefined for other text. */
export function parseSimulatedNode(text: string): SimulatedNode | undefined {
  return parseJson(text, isSimulatedNode);
}

const isSimulatedNode = withFields<SimulatedNode>({
  objects: isAnyList,
  namespaces: isAnyList,
  pinned: isAnyList,
  sets: isAnyList,
  boot: isAnyList,
  serial: isNumber,
});

/** Returns a simulated kernel of this node; by default with only `lo`. */
export function createSimulatedKernel(initial?: SimulatedNode): SimulatedKernel {
  let tables = new SimulatedTables(initial);
  const faults: { predicate: (change: Change) => boolean; failure: Failure }[] = [];
  return {
    observe: (scope) => ok(observe(tables, scope)),
    apply: (changes) =>
      changes.map((change) => {
        const index = faults.findIndex(({ predicate }) => predicate(change));
        const [fault] = index < 0 ? [] : faults.splice(index, 1);
        return fault === undefined ? applyOne(tables, change, 'vnet') : err(fault.failure);
      }),
    prepare: () => Promise.resolve(),
    leavePods: () => undefined,
    close: () => undefined,
    addNamespace: (path) => addNamespace(tables, path),
    removeNamespace: (path) => removeNamespace(tables, path),
    addDevice: (device, configuration = []) => {
      tables.boot = [
        ...tables.boot,
        { up: true, mtuBytes: 1500, multicast: true, master: '', ...device },
        ...configuration,
      ];
      for (const object of tables.boot.slice(-1 - configuration.length)) tables.put(object);
    },
    tamper: (change) => applyOne(tables, change, 'others'),
    failNext: (predicate, failure) => {
      faults.push({ predicate, failure });
    },
    reboot: () => {
      const { boot, serial } = tables;
      tables = new SimulatedTables({ objects: boot, namespaces: [], pinned: [], sets: [], boot, serial });
    },
    dump: () => JSON.stringify(tables.toNode(), undefined, 1),
  };
}

function addNamespace(tables: SimulatedTables, path: NetnsPath): number {
  const inode = tables.namespaces.get(path) ?? 4_026_531_840 + ++tables.serial;
  if (!tables.namespaces.has(path)) tables.put(loopback(path));
  tables.namespaces.set(path, inode);
  return inode;
}

function removeNamespace(tables: SimulatedTables, path: NetnsPath): void {
  tables.namespaces.delete(path);
  for (const link of tables.all('link')) if (link.netns === path) removeLink(tables, link);
  for (const object of Array.from(tables.objects.values())) if (object.netns === path) tables.remove(object);
}

function applyOne(tables: SimulatedTables, change: Change, by: ChangedBy): Outcome {
  const subject = subjectOf(change);
  if (subject.netns !== HOST && !tables.namespaces.has(subject.netns)) {
    if (change.verb === 'delete') return UNCHANGED;
    return refuse('not-found', subject, `there is no network namespace at ${subject.netns}`);
  }
  return applyChange(tables, change, by);
}

function observe(tables: SimulatedTables, scope: Scope): Observation {
  const pods = scope.pods.filter(({ netns }) => tables.namespaces.has(netns));
  const podLinks = new Set(pods.map(({ netns, ifName }) => `${netns} ${ifName}`));
  const places = new Set([HOST, ...pods.map(({ netns }) => netns)]);
  const whole = new Set(pods.flatMap(({ netns, family }) => (family === undefined ? [netns] : [])));
  const devices = new Set(scope.devices);
  const named = [...scope.entries, ...pods.flatMap((pod) => pod.entries ?? [])];
  const entries = new Set(named.map((entry) => keyOf(normaliseObject(entry))));
  const isSeen = (object: NetObject): boolean => {
    if (object.kind === 'sysctl' || !places.has(object.netns) || isLinkLocal(object)) return false;
    if (object.netns === HOST) {
      if (object.kind === 'link') return scope.whole || devices.has(object.name);
      return scope.whole || entries.has(keyOf(object));
    }
    if (kindOf(object).inPods !== true) return entries.has(keyOf(object));
    if (isIpv6(object) && !whole.has(object.netns)) return false;
    const dev = object.kind === 'link' ? object.name : 'dev' in object ? object.dev : '';
    return object.kind === 'route' || podLinks.has(`${object.netns} ${dev}`);
  };
  const seen = Array.from(tables.objects.values()).filter(isSeen);
  const links = new Set(
    seen.flatMap((object) => (object.kind === 'link' ? [`${object.netns} ${object.name}`] : [])),
  );
  const shown = seen.map((object) => {
    if (object.kind === 'link') return withKnownPeer(object, links);
    return object.kind === 'address' ? observedAddress(tables, object) : object;
  });
  for (const { netns, name } of sysctlsOn(scope.sysctls, scope.whole ? tables.objects.values() : [])) {
    const value = places.has(netns) ? simulatedSysctl(tables, netns, name) : undefined;
    if (value !== undefined) shown.push({ kind: 'sysctl', netns, name, value });
  }
  const facts = scope.pods.map(({ netns }): [NetnsPath, NamespaceFact] => {
    const inode = tables.namespaces.get(netns);
    return [netns, inode === undefined ? 'gone' : { inode }];
  });
  const found = { state: toState(shown), namespaces: new Map(facts) };
  if (scope.own !== true) return found;
  const own = tables.all('address').filter((object) => object.netns === HOST && !isLinkLocal(object));
  return { ...found, own: own.map(({ address }) => address) };
}

function isIpv6(object: NetObject): boolean {
  return object.kind === 'route'
    ? object.family === 6
    : object.kind === 'address' && object.address.includes(':');
}

/** Link-local addresses, which every IPv6 interface has, are not part of a State. */
function isLinkLocal(object: NetObject): boolean {
  return object.kind === 'address' && /^fe[89ab]/.test(object.address);
}

/** The kernel identifies a peer by its index: the name is known only if the peer is observed as well. */
function withKnownPeer(link: LinkObject, links: ReadonlySet<string>): LinkObject {
  const { peer, ...rest } = link;
  return peer !== undefined && links.has(`${peer.netns} ${peer.name}`) ? link : rest;
}

/** The kinds with behaviour beyond being stored; other kinds need no entry. */
const SPECIAL: { readonly [Name in NetObject['kind']]?: SimulatedKind<ObjectOf<Name>> } = {
  link: { create: createLink, change: updateLink, remove: deleteLink },
  address: { create: createAddress, change: updateAddress, remove: deleteAddress },
  route: simulatedRoute,
  nexthop: simulatedNexthop,
  neighbour: simulatedNeighbour,
  fdb: simulatedFdb,
  sysctl: {
    create: writeSysctl,
    change: (tables, { want }) => writeSysctl(tables, want),
    remove: (_world, have) =>
      refuse('unsupported', have, 'a sysctl cannot be deleted', 'Set another value instead.'),
  },
  'nft-table': {
    create: makeTable,
    change: (tables, { want }) => makeTable(tables, want),
    remove: deleteTable,
  },
  'nft-element': simulatedElement,
  filter: {
    refuses: (tables, want) =>
      tables.linkAt(want.netns, want.redirect) === undefined
        ? refuse('not-found', want, 'No such device')
        : undefined,
  },
};

const PLAIN: SimulatedKind<NetObject> = {};

function applyChange(tables: SimulatedTables, change: Change, by: ChangedBy): Outcome {
  const kind: SimulatedKind<NetObject> = SPECIAL[subjectOf(change).kind] ?? PLAIN;
  switch (change.verb) {
    case 'create':
      return kind.create?.(tables, change.want, change.peer) ?? createObject(kind, tables, change.want);
    case 'update':
      return kind.change?.(tables, change) ?? createObject(kind, tables, change.want, 'update');
    case 'delete':
      return kind.remove?.(tables, change.have, by) ?? removeObject(tables, change.have);
    default:
      return assertNever(change);
  }
}
