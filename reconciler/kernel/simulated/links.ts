/**
 * Interfaces of the simulated kernel: bridges, veth pairs and devices, and the effects on all objects on
 * them.
 * Source: Linux 6.x (net/core/rtnetlink.c, net/bridge/br_if.c); verified by the contract suite.
 */
import type { FieldChange } from '../../model/kinds/kind.ts';
import { HOST, keyOf, type LinkObject, type NetnsPath, type NetObject } from '../../model/state.ts';
import { forgetSourcesOfDevice } from './addresses.ts';
import { renameLink } from './rename.ts';
import { restorePrefixRoutes } from './prefix-routes.ts';
import {
  all,
  CHANGED,
  isAsWanted,
  linkAt,
  linkAlsoNamed,
  type Outcome,
  put,
  refuse,
  remove,
  removeOn,
  type SimulatedWorld,
  UNCHANGED,
} from './world.ts';

/** Ensures a bridge, or a veth pair with its peer in the pod's namespace. Errors: exists, not-found, invalid. */
export function createLink(world: SimulatedWorld, want: LinkObject, peer: NetObject | undefined): Outcome {
  const have = linkAt(world, want.netns, want.name);
  if (have !== undefined) {
    const same = want.type === 'device' || have.type === want.type;
    return same && isAsWanted(have, want)
      ? UNCHANGED
      : refuse('exists', want, 'File exists', 'Another interface has this name: remove or rename it.');
  }
  const other = linkAlsoNamed(world, want.netns, want.name);
  if (other !== undefined) {
    return refuse('exists', want, `it is another name of ${other.name}`, 'Another interface has this name.');
  }
  if (want.type === 'device') return refuse('not-found', want, 'No such device');
  if (want.name.length > 15 || want.name.length === 0 || /[\s/:]/.test(want.name)) {
    return refuse('invalid', want, `"${want.name}" is not a name for an interface`);
  }
  const unable = cannotEnslave(world, want);
  if (unable !== undefined) return unable;
  if (want.type === 'veth') {
    const refusal = createPeer(world, want, peer);
    if (refusal !== undefined) return refusal;
  }
  const { master, port, alias, ...rest } = want;
  const born: LinkObject = { ...birth(world), ...rest, master: '', ...(alias ? { alias } : {}) };
  put(world, born);
  if (want.type === 'bridge') {
    if (want.mac !== undefined) world.pinned.add(`mac ${keyOf(want)}`);
    if (want.mtuBytes !== undefined) world.pinned.add(`mtu ${keyOf(want)}`);
  }
  if (master) joinBridge(world, born, master);
  const joined = linkAt(world, want.netns, want.name);
  if (joined?.port !== undefined && port !== undefined) put(world, { ...joined, port });
  return CHANGED;
}

/** Ensures the named fields of `want`, the name first. Errors: not-found, exists, invalid. */
export function updateLink(
  world: SimulatedWorld,
  { want, have: before, fields }: FieldChange<LinkObject>,
): Outcome {
  const renamed = fields.includes('name') ? renameLink(world, before, want) : UNCHANGED;
  if (!renamed.ok) return renamed;
  let changed = renamed.value === 'changed';
  for (const field of fields) {
    if (field === 'name') continue;
    const have = linkAt(world, want.netns, want.name);
    if (have === undefined) return refuse('not-found', want, 'No such device');
    const step = updateField(world, have, want, field);
    if (!step.ok) return step;
    changed ||= step.value === 'changed';
  }
  return changed ? CHANGED : UNCHANGED;
}

function updateField(world: SimulatedWorld, have: LinkObject, want: LinkObject, field: string): Outcome {
  switch (field) {
    case 'up':
      return setUp(world, have, want.up ?? true);
    case 'mac':
      return setMac(world, have, want.mac ?? have.mac ?? '');
    case 'mtuBytes':
      return setMtu(world, have, want.mtuBytes ?? have.mtuBytes ?? 1500);
    case 'multicast':
      put(world, { ...have, multicast: want.multicast ?? true });
      return have.multicast === want.multicast ? UNCHANGED : CHANGED;
    case 'alias':
      return setAlias(world, have, want.alias ?? '');
    case 'master':
      return setMaster(world, have, want);
    case 'rest':
      put(world, { ...have, ...(want.rest === undefined ? {} : { rest: want.rest }) });
      return CHANGED;
    case 'port':
      if (have.port === undefined)
        return refuse('unsupported', want, 'the interface is not a port of a bridge');
      put(world, { ...have, port: want.port ?? have.port });
      return have.port.hairpin === want.port?.hairpin ? UNCHANGED : CHANGED;
    default:
      return refuse(
        'invalid',
        want,
        `${field} of an interface cannot be changed`,
        'Delete it and create it again.',
      );
  }
}

/** Ensures that the interface is gone, with its peer and all objects on it. Errors: refused, unsupported. */
export function deleteLink(world: SimulatedWorld, have: LinkObject, checkOwner: boolean): Outcome {
  const link = linkAt(world, have.netns, have.name);
  if (link === undefined) return UNCHANGED;
  if (checkOwner && link.alias !== have.alias) {
    return refuse(
      'refused',
      have,
      `its alias is ${link.alias === undefined ? 'not set' : `"${link.alias}"`}, not "${have.alias ?? ''}"`,
      'Another program created this interface: rename it, or remove it by hand if it is not needed.',
    );
  }
  if (link.type === 'device') return refuse('unsupported', have, 'Operation not supported');
  removeLink(world, link);
  return CHANGED;
}

/** Ensures that the interface and all objects on it are gone. Total. */
export function removeLink(world: SimulatedWorld, link: LinkObject): void {
  leaveBridge(world, link);
  for (const port of all(world, 'link')) {
    if (port.netns === link.netns && port.master === link.name) leaveBridge(world, port);
  }
  remove(world, link);
  world.pinned.delete(`mac ${keyOf(link)}`);
  world.pinned.delete(`mtu ${keyOf(link)}`);
  const addresses = all(world, 'address').filter(
    ({ netns, dev }) => netns === link.netns && dev === link.name,
  );
  removeOn(world, link, 'gone');
  forgetSourcesOfDevice(world, addresses);
  for (const sysctl of all(world, 'sysctl')) {
    if (sysctl.netns === link.netns && sysctl.name.includes(`/${link.name}/`)) remove(world, sysctl);
  }
  const peer = link.peer === undefined ? undefined : linkAt(world, link.peer.netns, link.peer.name);
  if (peer !== undefined) removeLink(world, peer);
}

function birth(world: SimulatedWorld): Pick<LinkObject, 'up' | 'mac' | 'mtuBytes' | 'multicast'> {
  world.serial += 1;
  const tail = world.serial.toString(16).padStart(8, '0').match(/../g) ?? [];
  return { up: false, mac: ['6a', '51', ...tail].join(':'), mtuBytes: 1500, multicast: true };
}

function createPeer(
  world: SimulatedWorld,
  want: LinkObject,
  peer: NetObject | undefined,
): Outcome | undefined {
  if (want.peer === undefined) return refuse('invalid', want, 'a veth needs a peer');
  const { netns, name } = want.peer;
  if (netns !== HOST && !world.namespaces.has(netns)) {
    return refuse('not-found', want, `there is no network namespace at ${netns}`);
  }
  if (linkAt(world, netns, name) !== undefined || (netns === want.netns && name === want.name)) {
    return refuse('exists', want, `File exists: ${name} in ${netns === HOST ? 'the host' : netns}`);
  }
  const { alias, ...wanted } = peer?.kind === 'link' ? peer : ({} as Partial<LinkObject>);
  put(world, {
    ...birth(world),
    ...wanted,
    kind: 'link',
    netns,
    name,
    type: 'veth',
    master: '',
    peer: { netns: want.netns, name: want.name },
    ...(alias ? { alias } : {}),
  });
  const lo = linkAt(world, netns, 'lo');
  if (lo !== undefined) put(world, { ...lo, up: true });
  return undefined;
}

function setUp(world: SimulatedWorld, have: LinkObject, up: boolean): Outcome {
  if (have.up === up) return UNCHANGED;
  put(world, { ...have, up });
  if (up) restorePrefixRoutes(world, have);
  else removeOn(world, have, 'down');
  return CHANGED;
}

function setMac(world: SimulatedWorld, have: LinkObject, mac: string): Outcome {
  const wanted = mac.toLowerCase();
  if (Number.parseInt(wanted.slice(0, 2), 16) % 2 === 1) {
    return refuse('not-found', have, `Cannot assign requested address: ${mac} is a group address`);
  }
  if (have.mac === wanted) return UNCHANGED;
  if (have.type === 'bridge') world.pinned.add(`mac ${keyOf(have)}`);
  takeMac(world, have, wanted);
  refreshBridge(world, have.netns, have.master);
  return CHANGED;
}

/** A new MAC drops the neighbours. */
function takeMac(world: SimulatedWorld, link: LinkObject, mac: string): void {
  put(world, { ...link, mac });
  removeOn(world, link, 'mac');
  giveWay(world, { netns: link.netns, bridge: link.type === 'bridge' ? link.name : link.master, mac });
}

/**
 * A static entry for the MAC is replaced by the local one of the port or bridge.
 * Source: fdb_add_local of net/bridge/br_fdb.c.
 */
function giveWay(
  world: SimulatedWorld,
  own: { readonly netns: NetnsPath; readonly bridge: string | undefined; readonly mac: string | undefined },
): void {
  for (const entry of all(world, 'fdb')) {
    const port = linkAt(world, entry.netns, entry.dev);
    const isOnBridge = entry.netns === own.netns && port?.master === own.bridge;
    if (isOnBridge && entry.mac === own.mac) remove(world, entry);
  }
}

function setMtu(world: SimulatedWorld, have: LinkObject, mtuBytes: number): Outcome {
  if (mtuBytes < 68 || mtuBytes > 65_535) return refuse('invalid', have, `Invalid argument: MTU ${mtuBytes}`);
  if (have.mtuBytes === mtuBytes) return UNCHANGED;
  if (have.type === 'bridge') world.pinned.add(`mtu ${keyOf(have)}`);
  put(world, { ...have, mtuBytes });
  refreshBridge(world, have.netns, have.master);
  return CHANGED;
}

function setAlias(world: SimulatedWorld, have: LinkObject, alias: string): Outcome {
  if ((have.alias ?? '') === alias) return UNCHANGED;
  const { alias: _dropped, ...rest } = have;
  put(world, alias === '' ? rest : { ...rest, alias });
  return CHANGED;
}

function setMaster(world: SimulatedWorld, have: LinkObject, want: LinkObject): Outcome {
  const master = want.master ?? '';
  if ((have.master ?? '') === master) return UNCHANGED;
  const unable = cannotEnslave(world, { ...have, master });
  if (unable !== undefined) return unable;
  leaveBridge(world, have);
  const free = linkAt(world, have.netns, have.name);
  if (master !== '' && free !== undefined) joinBridge(world, free, master);
  return CHANGED;
}

function cannotEnslave(world: SimulatedWorld, link: LinkObject): Outcome | undefined {
  if (!link.master) return undefined;
  const bridge = linkAt(world, link.netns, link.master);
  if (bridge === undefined) return refuse('not-found', link, `there is no bridge ${link.master}`);
  if (bridge.type !== 'bridge') return refuse('unsupported', link, `${link.master} is not a bridge`);
  if (link.type === 'bridge') return refuse('invalid', link, "a bridge can't be a port of a bridge");
  return link.name === 'lo' ? refuse('invalid', link, "lo can't be a port of a bridge") : undefined;
}

function joinBridge(world: SimulatedWorld, link: LinkObject, master: string): void {
  put(world, { ...link, master, port: { hairpin: false } });
  giveWay(world, { netns: link.netns, bridge: master, mac: link.mac });
  refreshBridge(world, link.netns, master);
}

function leaveBridge(world: SimulatedWorld, link: LinkObject): void {
  if (!link.master) return;
  const { port: _port, ...rest } = link;
  removeOn(world, link, 'left');
  put(world, { ...rest, master: '' });
  refreshBridge(world, link.netns, link.master);
}

/**
 * Unless pinned, MAC and MTU follow the ports: the lowest MAC (without ports zero) and the smallest MTU
 * (without ports 1500).
 */
function refreshBridge(world: SimulatedWorld, netns: NetnsPath, name: string | undefined): void {
  const bridge = name ? linkAt(world, netns, name) : undefined;
  if (bridge === undefined) return;
  const ports = all(world, 'link').filter((link) => link.netns === netns && link.master === name);
  if (!world.pinned.has(`mtu ${keyOf(bridge)}`)) {
    const smallest = Math.min(...ports.map(({ mtuBytes = 1500 }) => mtuBytes));
    put(world, { ...bridge, mtuBytes: ports.length === 0 ? 1500 : smallest });
  }
  const macs = ports.map(({ mac = '' }) => mac);
  const lowest = macs.reduce((low, mac) => (mac < low ? mac : low), macs[0] ?? '00:00:00:00:00:00');
  const now = linkAt(world, netns, bridge.name);
  if (now !== undefined && !world.pinned.has(`mac ${keyOf(bridge)}`) && now.mac !== lowest) {
    takeMac(world, now, lowest);
  }
}
