/** Random sequences of changes, and the State in which two kernels must agree afterwards. */
import * as fc from 'fast-check';
import { isMark } from '../../../reconciler/model/names.ts';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import {
  HOST,
  type AddressObject,
  type LinkObject,
  type NetnsPath,
  type NetObject,
  type State,
} from '../../../reconciler/model/state.ts';
import { create, destroy } from './changes.ts';
import { addressOf, bridgeOf, elementOf, neighbourOf, podLinkOf, routeOf, vethOf } from './builders.ts';
import { BRIDGE, NIC, NIC_MAC, POD_MAC, TABLE, VETH } from './objects.ts';

/** One event: a change through the port, or the removal of a pod's namespace. */
export type Event = { readonly change: Change } | { readonly removed: NetnsPath };

/** Placeholders for pods' namespaces; `settle` replaces them by paths in a testbed. */
export const PLACES: readonly NetnsPath[] = ['@pod0', '@pod1'];

const DEVICES = ['eth0', 'azure0', 'br1'];
const MACS = ['06:00:00:00:00:01', 'fe:00:00:00:00:02', NIC_MAC];
const SECOND = 'azv1111111111';

const BRIDGES: readonly LinkObject[] = [BRIDGE, bridgeOf('br1', { alias: 'vnet:b' })];
const VETHS: readonly LinkObject[] = [
  vethOf('@pod0'),
  vethOf('@pod1', { name: SECOND, alias: 'vnet:azure/2/eth0', master: 'br1', mac: 'fe:11:22:33:44:66' }),
];

const FIELDS: readonly Partial<LinkObject>[] = [
  { up: true },
  { up: false },
  { mtuBytes: 1300 },
  { mtuBytes: 1500 },
  { multicast: false },
  { multicast: true },
  { master: '' },
  { master: 'azure0' },
  { master: 'br1' },
  { port: { hairpin: true } },
  { port: { hairpin: false } },
  ...MACS.map((mac) => ({ mac })),
];

const ADDRESSES: readonly AddressObject[] = DEVICES.flatMap((dev) => [
  addressOf(dev, '10.0.0.4/24'),
  addressOf(dev, '10.0.0.5/24'),
  addressOf(dev, '10.0.0.6/24', { metric: 50 }),
  addressOf(dev, '10.0.0.4/16'),
  addressOf(dev, '10.1.0.4/24', { noPrefixRoute: true }),
  addressOf(dev, 'fd00::4/64'),
  addressOf(dev, 'fd00::5/64'),
  addressOf(dev, 'fd01::5/64', { noPrefixRoute: true }),
]);

const ROUTES = DEVICES.flatMap((dev) => [
  routeOf('default', dev, { via: '10.0.0.1' }),
  routeOf('default', dev, { via: '10.1.0.1', metric: 100, protocol: 16 }),
  routeOf('10.1.0.0/24', dev),
  routeOf('10.1.0.1/32', dev, { scope: 253 }),
  routeOf('10.9.0.0/16', dev, { source: '10.0.0.5' }),
  routeOf('10.9.0.0/16', dev, { source: '10.0.0.4', table: 100 }),
  routeOf('10.9.0.0/16', dev, { via: '10.0.0.9', source: '10.0.0.4', metric: 100 }),
  routeOf('10.9.0.0/16', dev, { via: '192.0.2.1', onLink: true, table: 100 }),
  routeOf('fd09::/64', dev, { via: 'fd00::1', metric: 100 }),
  routeOf('fd08::/64', dev, { metric: 1024, source: 'fd00::4' }),
]);

const ENTRIES: readonly NetObject[] = [
  ...['10.0.0.35', 'fd00::35'].flatMap((address) => DEVICES.map((dev) => ({ ...neighbourOf(address), dev }))),
  ...[VETH, SECOND, 'eth0'].flatMap((dev) =>
    ['0a:00:00:00:00:07', MACS[0] ?? ''].map((mac): NetObject => ({ kind: 'fdb', netns: HOST, dev, mac })),
  ),
];

const ELEMENTS: readonly NetObject[] = [
  elementOf('pods', '10.0.0.35', POD_MAC),
  elementOf('pods', '10.0.0.35', '0a:00:00:00:00:99'),
  elementOf('ports', VETH),
  elementOf('none', VETH),
];

const IN_POD: readonly NetObject[] = PLACES.flatMap((netns) => [
  { ...addressOf('eth0', '10.0.0.35/24'), netns },
  { ...addressOf('eth0', 'fd00::35/64'), netns },
  { ...routeOf('default', 'eth0', { via: '10.0.0.1', protocol: 4 }), netns },
]);

function podOf(veth: LinkObject): LinkObject {
  return podLinkOf(veth.peer?.netns ?? HOST);
}

function linkUpdate(link: LinkObject, more: Partial<LinkObject>): Change {
  return { verb: 'update', have: link, want: { ...link, ...more }, fields: Object.keys(more) };
}

const SETTINGS: readonly NetObject[] = DEVICES.flatMap((dev) =>
  ['net/ipv4/conf/DEV/promote_secondaries', 'net/ipv6/conf/DEV/disable_ipv6'].flatMap((name) =>
    ['0', '1'].map(
      (value): NetObject => ({ kind: 'sysctl', netns: HOST, name: name.replace('DEV', dev), value }),
    ),
  ),
);

/** A prefix route is deleted or restored: of an address that is the only one in its prefix. */
const REACHES: readonly Change[] = DEVICES.flatMap((dev) => {
  const [whole, bare] = [{ prefixRoute: true }, {}].map((more) => addressOf(dev, '10.0.0.4/16', more));
  if (whole === undefined || bare === undefined) return [];
  return [[whole, bare] as const, [bare, whole] as const].map(
    ([have, want]): Change => ({ verb: 'update', have, want, fields: ['prefixRoute'] }),
  );
});

function addressUpdate(have: AddressObject): Change {
  const isPlain = have.metric === undefined;
  const want = isPlain ? { ...have, metric: 70 } : { ...have, noPrefixRoute: true };
  return { verb: 'update', have, want, fields: [isPlain ? 'metric' : 'noPrefixRoute'] };
}

/** Any event on a small node: two bridges, the NIC, two pods; small pools, so that events interact. */
const anyEvent: fc.Arbitrary<Event> = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(...BRIDGES, NIC).map((link) => create(link)) },
    { weight: 4, arbitrary: fc.constantFrom(...VETHS).map((veth) => create(veth, podOf(veth))) },
    { weight: 1, arbitrary: fc.constantFrom(...BRIDGES, ...VETHS).map((link) => destroy(link)) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...BRIDGES, ...VETHS, NIC), fc.constantFrom(...FIELDS))
        .map(([link, more]) => linkUpdate(link, more)),
    },
    { weight: 10, arbitrary: fc.constantFrom(...ADDRESSES, ...IN_POD).map((object) => create(object)) },
    { weight: 4, arbitrary: fc.constantFrom(...ADDRESSES, ...IN_POD).map((object) => destroy(object)) },
    { weight: 1, arbitrary: fc.constantFrom(...ADDRESSES).map(addressUpdate) },
    { weight: 2, arbitrary: fc.constantFrom(...REACHES) },
    { weight: 2, arbitrary: fc.constantFrom(...SETTINGS).map((object) => create(object)) },
    { weight: 10, arbitrary: fc.constantFrom(...ROUTES).map((object) => create(object)) },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(...ROUTES)
        .map((want): Change => ({ verb: 'update', want, have: want, fields: ['dev'] })),
    },
    { weight: 3, arbitrary: fc.constantFrom(...ROUTES).map((object) => destroy(object)) },
    { weight: 8, arbitrary: fc.constantFrom(...ENTRIES, ...ELEMENTS, TABLE).map((object) => create(object)) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...ENTRIES, ...ELEMENTS, TABLE).map((object) => destroy(object)),
    },
  )
  .map((change): Event => ({ change }));

/** Usual first events, so that there are objects to change. */
const BEGINNING: readonly Event[] = [
  ...BRIDGES.map((link) => create(link)),
  ...VETHS.map((veth) => create(veth, podOf(veth))),
  create(TABLE),
  ...ADDRESSES.filter(({ address }) => /0[.]4\/24|0[.]5\/24|::4/.test(address)).map((address) =>
    create(address),
  ),
].map((change) => ({ change }));

/** Any history: a part of the beginning, then events, including removals of a pod's namespace. */
export const anyHistory: fc.Arbitrary<readonly Event[]> = fc
  .tuple(
    fc.subarray([...BEGINNING], { minLength: BEGINNING.length - 5 }),
    fc.array(
      fc.oneof(
        { weight: 60, arbitrary: anyEvent },
        { weight: 1, arbitrary: fc.constantFrom(...PLACES).map((removed): Event => ({ removed })) },
      ),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  )
  .map(([beginning, events]) => [...beginning, ...events]);

/** Returns the event with the paths of a testbed's pods. */
export function settle(event: Event, pods: readonly NetnsPath[]): Event {
  const text = PLACES.reduce(
    (now, place, at) => now.replaceAll(place, pods[at] ?? place),
    JSON.stringify(event),
  );
  const settled: Event = JSON.parse(text);
  return settled;
}

/**
 * Returns the State in a form in which two kernels must agree: without values chosen by the kernel (random
 * MACs, link-local addresses) or the test bed (the type of its NIC), and without defaults.
 */
export function comparable(state: State): Readonly<Record<string, string>> {
  const known = new Set([...MACS, '00:00:00:00:00:00', ...VETHS.flatMap(({ mac }) => mac ?? []), POD_MAC]);
  const entries = Array.from(state).flatMap(([key, object]): [string, string][] => {
    if (object.kind === 'address' && (object.dev === 'lo' || object.address.startsWith('fe80:'))) return [];
    if (object.kind === 'link' && object.name === 'lo') return [];
    const defaults: Readonly<Record<string, unknown>> = {
      scope: 0,
      metric: 0,
      onLink: false,
      noPrefixRoute: false,
      label: object.kind === 'address' ? object.dev : undefined,
    };
    const fields = Object.entries(object).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined || defaults[name] === value) return [];
      // What promotes an address moves it, too: the order is the contract of addresses.
      if (object.kind === 'address' && name === 'place') return [];
      if (object.kind === 'link' && name === 'type' && !isMark(object.alias)) return [];
      if (object.kind === 'link' && name === 'mac' && !known.has(object.mac ?? '')) return [];
      return [`${name}=${JSON.stringify(value)}`];
    });
    return [[key, fields.toSorted((left, right) => left.localeCompare(right)).join(' ')]];
  });
  return Object.fromEntries(entries);
}
