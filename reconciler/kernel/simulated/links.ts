/**
 * Interfaces of the simulated kernel: bridges, veth pairs and devices, and the effects on all objects on
 * them.
 * Source: Linux 6.x (net/core/rtnetlink.c, net/bridge/br_if.c); verified by the contract suite.
 */
import type { FieldChange } from '../../model/kinds/kind.ts';
import { HOST, keyOf, type LinkObject, type NetnsPath, type NetObject } from '../../model/state.ts';
import { forgetSourcesOfDevice } from './addresses.ts';
import type { ChangedBy } from './generic.ts';
import { renameLink } from './rename.ts';
import { restorePrefixRoutes } from './prefix-routes.ts';
import { CHANGED, isAsWanted, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

/** Ensures a bridge, or a veth pair with its peer in the pod's namespace. Errors: exists, not-found, invalid. */
export function createLink(tables: SimulatedTables, want: LinkObject, peer: NetObject | undefined): Outcome {
  const have = tables.linkAt(want.netns, want.name);
  if (have !== undefined) {
    const same = want.type === 'device' || have.type === want.type;
    return same && isAsWanted(have, want)
      ? UNCHANGED
      : refuse('exists', want, 'File exists', 'Another interface has this name: remove or rename it.');
  }
  const other = tables.linkAlsoNamed(want.netns, want.name);
  if (other !== undefined) {
    return refuse('exists', want, `it is another name of ${other.name}`, 'Another interface has this name.');
  }
  if (want.type === 'device') return refuse('not-found', want, 'No such device');
  if (want.name.length > 15 || want.name.length === 0 || /[\s/:]/.test(want.name)) {
    return refuse('invalid', want, `"${want.name}" is not a name for an interface`);
  }
  const unable = cannotEnslave(tables, want);
  if (unable !== undefined) return unable;
  if (want.type === 'veth') {
    const refusal = createPeer(tables, want, peer);
    if (refusal !== undefined) return refusal;
  }
  const { master, port, alias, ...rest } = want;
  const created: LinkObject = {
    ...newLinkDefaults(tables),
    ...rest,
    master: '',
    ...(alias ? { alias } : {}),
  };
  tables.put(created);
  if (want.type === 'bridge') {
    if (want.mac !== undefined) tables.pinned.add(`mac ${keyOf(want)}`);
    if (want.mtuBytes !== undefined) tables.pinned.add(`mtu ${keyOf(want)}`);
  }
  if (master) joinBridge(tables, created, master);
  const joined = tables.linkAt(want.netns, want.name);
  if (joined?.port !== undefined && port !== undefined) tables.put({ ...joined, port });
  return CHANGED;
}

/** Ensures the named fields of `want`, the name first. Errors: not-found, exists, invalid. */
export function updateLink(
  tables: SimulatedTables,
  { want, have: before, fields }: FieldChange<LinkObject>,
): Outcome {
  const renamed = fields.includes('name') ? renameLink(tables, before, want) : UNCHANGED;
  if (!renamed.ok) return renamed;
  let changed = renamed.value === 'changed';
  for (const field of fields) {
    if (field === 'name') continue;
    const have = tables.linkAt(want.netns, want.name);
    if (have === undefined) return refuse('not-found', want, 'No such device');
    const step = updateField(tables, have, want, field);
    if (!step.ok) return step;
    changed ||= step.value === 'changed';
  }
  return changed ? CHANGED : UNCHANGED;
}

function updateField(tables: SimulatedTables, have: LinkObject, want: LinkObject, field: string): Outcome {
  switch (field) {
    case 'up':
      return setUp(tables, have, want.up ?? true);
    case 'mac':
      return setMac(tables, have, want.mac ?? have.mac ?? '');
    case 'mtuBytes':
      return setMtu(tables, have, want.mtuBytes ?? have.mtuBytes ?? 1500);
    case 'multicast':
      tables.put({ ...have, multicast: want.multicast ?? true });
      return have.multicast === want.multicast ? UNCHANGED : CHANGED;
    case 'alias':
      return setAlias(tables, have, want.alias ?? '');
    case 'master':
      return setMaster(tables, have, want);
    case 'rest':
      tables.put({ ...have, ...(want.rest === undefined ? {} : { rest: want.rest }) });
      return CHANGED;
    case 'port':
      if (have.port === undefined)
        return refuse('unsupported', want, 'the interface is not a port of a bridge');
      tables.put({ ...have, port: want.port ?? have.port });
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
export function deleteLink(tables: SimulatedTables, have: LinkObject, by: ChangedBy): Outcome {
  const link = tables.linkAt(have.netns, have.name);
  if (link === undefined) return UNCHANGED;
  if (by === 'vnet' && link.alias !== have.alias) {
    return refuse(
      'refused',
      have,
      `its alias is ${link.alias === undefined ? 'not set' : `"${link.alias}"`}, not "${have.alias ?? ''}"`,
      'Another program created this interface: rename it, or remove it by hand if it is not needed.',
    );
  }
  if (link.type === 'device') return refuse('unsupported', have, 'Operation not supported');
  removeLink(tables, link);
  return CHANGED;
}

/** Ensures that the interface and all objects on it are gone. Total. */
export function removeLink(tables: SimulatedTables, link: LinkObject): void {
  leaveBridge(tables, link);
  for (const port of tables.all('link')) {
    if (port.netns === link.netns && port.master === link.name) leaveBridge(tables, port);
  }
  tables.remove(link);
  tables.pinned.delete(`mac ${keyOf(link)}`);
  tables.pinned.delete(`mtu ${keyOf(link)}`);
  const addresses = tables
    .all('address')
    .filter(({ netns, dev }) => netns === link.netns && dev === link.name);
  tables.removeOn(link, 'gone');
  forgetSourcesOfDevice(tables, addresses);
  for (const sysctl of tables.all('sysctl')) {
    if (sysctl.netns === link.netns && sysctl.name.includes(`/${link.name}/`)) tables.remove(sysctl);
  }
  const peer = link.peer === undefined ? undefined : tables.linkAt(link.peer.netns, link.peer.name);
  if (peer !== undefined) removeLink(tables, peer);
}

function newLinkDefaults(tables: SimulatedTables): Pick<LinkObject, 'up' | 'mac' | 'mtuBytes' | 'multicast'> {
  tables.serial += 1;
  const tail = tables.serial.toString(16).padStart(8, '0').match(/../g) ?? [];
  return { up: false, mac: ['6a', '51', ...tail].join(':'), mtuBytes: 1500, multicast: true };
}

function createPeer(
  tables: SimulatedTables,
  want: LinkObject,
  peer: NetObject | undefined,
): Outcome | undefined {
  if (want.peer === undefined) return refuse('invalid', want, 'a veth needs a peer');
  const { netns, name } = want.peer;
  if (netns !== HOST && !tables.namespaces.has(netns)) {
    return refuse('not-found', want, `there is no network namespace at ${netns}`);
  }
  if (tables.linkAt(netns, name) !== undefined || (netns === want.netns && name === want.name)) {
    return refuse('exists', want, `File exists: ${name} in ${netns === HOST ? 'the host' : netns}`);
  }
  const { alias, ...wanted } = peer?.kind === 'link' ? peer : ({} as Partial<LinkObject>);
  tables.put({
    ...newLinkDefaults(tables),
    ...wanted,
    kind: 'link',
    netns,
    name,
    type: 'veth',
    master: '',
    peer: { netns: want.netns, name: want.name },
    ...(alias ? { alias } : {}),
  });
  const lo = tables.linkAt(netns, 'lo');
  if (lo !== undefined) tables.put({ ...lo, up: true });
  return undefined;
}

function setUp(tables: SimulatedTables, have: LinkObject, up: boolean): Outcome {
  if (have.up === up) return UNCHANGED;
  tables.put({ ...have, up });
  if (up) restorePrefixRoutes(tables, have);
  else tables.removeOn(have, 'down');
  return CHANGED;
}

function setMac(tables: SimulatedTables, have: LinkObject, mac: string): Outcome {
  const wanted = mac.toLowerCase();
  if (Number.parseInt(wanted.slice(0, 2), 16) % 2 === 1) {
    return refuse('not-found', have, `Cannot assign requested address: ${mac} is a group address`);
  }
  if (have.mac === wanted) return UNCHANGED;
  if (have.type === 'bridge') tables.pinned.add(`mac ${keyOf(have)}`);
  takeMac(tables, have, wanted);
  refreshBridge(tables, have.netns, have.master);
  return CHANGED;
}

/** A new MAC drops the neighbours. */
function takeMac(tables: SimulatedTables, link: LinkObject, mac: string): void {
  tables.put({ ...link, mac });
  tables.removeOn(link, 'mac');
  const bridge = link.type === 'bridge' ? link.name : link.master;
  yieldToLocal(tables, { netns: link.netns, bridge, mac });
}

/**
 * A static entry for the MAC is replaced by the local one of the port or bridge.
 * Source: fdb_add_local of net/bridge/br_fdb.c.
 */
function yieldToLocal(
  tables: SimulatedTables,
  own: { readonly netns: NetnsPath; readonly bridge: string | undefined; readonly mac: string | undefined },
): void {
  for (const entry of tables.all('fdb')) {
    const port = tables.linkAt(entry.netns, entry.dev);
    const isOnBridge = entry.netns === own.netns && port?.master === own.bridge;
    if (isOnBridge && entry.mac === own.mac) tables.remove(entry);
  }
}

function setMtu(tables: SimulatedTables, have: LinkObject, mtuBytes: number): Outcome {
  if (mtuBytes < 68 || mtuBytes > 65_535) return refuse('invalid', have, `Invalid argument: MTU ${mtuBytes}`);
  if (have.mtuBytes === mtuBytes) return UNCHANGED;
  if (have.type === 'bridge') tables.pinned.add(`mtu ${keyOf(have)}`);
  tables.put({ ...have, mtuBytes });
  refreshBridge(tables, have.netns, have.master);
  return CHANGED;
}

function setAlias(tables: SimulatedTables, have: LinkObject, alias: string): Outcome {
  if ((have.alias ?? '') === alias) return UNCHANGED;
  const { alias: _dropped, ...rest } = have;
  tables.put(alias === '' ? rest : { ...rest, alias });
  return CHANGED;
}

function setMaster(tables: SimulatedTables, have: LinkObject, want: LinkObject): Outcome {
  const master = want.master ?? '';
  if ((have.master ?? '') === master) return UNCHANGED;
  const unable = cannotEnslave(tables, { ...have, master });
  if (unable !== undefined) return unable;
  leaveBridge(tables, have);
  const free = tables.linkAt(have.netns, have.name);
  if (master !== '' && free !== undefined) joinBridge(tables, free, master);
  return CHANGED;
}

function cannotEnslave(tables: SimulatedTables, link: LinkObject): Outcome | undefined {
  if (!link.master) return undefined;
  const bridge = tables.linkAt(link.netns, link.master);
  if (bridge === undefined) return refuse('not-found', link, `there is no bridge ${link.master}`);
  if (bridge.type !== 'bridge') return refuse('unsupported', link, `${link.master} is not a bridge`);
  if (link.type === 'bridge') return refuse('invalid', link, "a bridge can't be a port of a bridge");
  return link.name === 'lo' ? refuse('invalid', link, "lo can't be a port of a bridge") : undefined;
}

function joinBridge(tables: SimulatedTables, link: LinkObject, master: string): void {
  tables.put({ ...link, master, port: { hairpin: false } });
  yieldToLocal(tables, { netns: link.netns, bridge: master, mac: link.mac });
  refreshBridge(tables, link.netns, master);
}

function leaveBridge(tables: SimulatedTables, link: LinkObject): void {
  if (!link.master) return;
  const { port: _port, ...rest } = link;
  tables.removeOn(link, 'left');
  tables.put({ ...rest, master: '' });
  refreshBridge(tables, link.netns, link.master);
}

/**
 * Unless pinned, MAC and MTU follow the ports: the lowest MAC (without ports zero) and the smallest MTU
 * (without ports 1500).
 */
function refreshBridge(tables: SimulatedTables, netns: NetnsPath, name: string | undefined): void {
  const bridge = name ? tables.linkAt(netns, name) : undefined;
  if (bridge === undefined) return;
  const ports = tables.all('link').filter((link) => link.netns === netns && link.master === name);
  if (!tables.pinned.has(`mtu ${keyOf(bridge)}`)) {
    const smallest = Math.min(...ports.map(({ mtuBytes = 1500 }) => mtuBytes));
    tables.put({ ...bridge, mtuBytes: ports.length === 0 ? 1500 : smallest });
  }
  const macs = ports.map(({ mac = '' }) => mac);
  const lowest = macs.reduce((low, mac) => (mac < low ? mac : low), macs[0] ?? '00:00:00:00:00:00');
  const now = tables.linkAt(netns, bridge.name);
  if (now !== undefined && !tables.pinned.has(`mac ${keyOf(bridge)}`) && now.mac !== lowest) {
    takeMac(tables, now, lowest);
  }
}
