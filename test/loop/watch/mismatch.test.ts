import { describe, expect, it } from 'vitest';
import { expectationOf } from '../../../reconciler/loop/watch/expectation.ts';
import {
  asStateNotice,
  contradicts,
  isPartialNotice,
  mayRemoveOthers,
} from '../../../reconciler/loop/watch/mismatch.ts';
import { derive } from '../../../reconciler/model/derive.ts';
import { notificationFilterOf, isSameFilter } from '../../../reconciler/model/notification-filter.ts';
import { type Notice, SOME_POD } from '../../../reconciler/model/ports/monitor.ts';
import { ownershipOf } from '../../../reconciler/model/ownership.ts';
import { keyOf, type NetObject, type RouteObject } from '../../../reconciler/model/state.ts';
import { documentOf, endpointOf, NETWORK, netnsOf } from '../../support/node.ts';
import { hostRoute } from '../../support/objects.ts';

const DOCUMENT = documentOf([0, 1]);
const { state } = derive(DOCUMENT, new Map());
const EXPECTATION = expectationOf(state, ownershipOf(DOCUMENT));
const ALL = [...state.values()].filter(({ netns }) => netns === '');
const [{ hostVeth = '', mac = '' }, second] = [endpointOf(0), endpointOf(1)];

function judge(verb: Notice['verb'], object: NetObject, more: Partial<Notice> = {}): boolean {
  return contradicts({ verb, object, portId: 0, ...more }, EXPECTATION);
}

describe('an announcement', () => {
  it('of a desired object in its desired state is ignored', () => {
    const odd = ALL.filter((object) => object.kind !== 'link' && judge('set', object));
    const links = ALL.filter(
      (object) => object.kind === 'link' && judge('set', object, { fields: ['up', 'master'] }),
    );
    expect([odd, links, ALL.length > 10]).toEqual([[], [], true]);
  });

  it('of anything desired that is gone is at odds, of anything else is not', () => {
    expect(ALL.filter((object) => !judge('gone', object))).toEqual([]);
    expect(judge('gone', { kind: 'link', netns: '', name: 'docker0', type: 'bridge' })).toBe(false);
  });

  it.each<[string, NetObject, boolean]>([
    [
      'another MAC',
      {
        kind: 'neighbour',
        netns: '',
        dev: 'azure0',
        address: '10.240.0.36',
        mac: second.mac ?? '',
        protocol: 118,
      },
      true,
    ],
    [
      'no mark any more',
      { kind: 'neighbour', netns: '', dev: 'azure0', address: '10.240.0.36', mac, protocol: 3 },
      true,
    ],
    [
      'an undesired neighbour of ours',
      { kind: 'neighbour', netns: '', dev: 'azure0', address: '10.240.9.9', mac, protocol: 118 },
      true,
    ],
    [
      'a foreign neighbour',
      { kind: 'neighbour', netns: '', dev: 'azure0', address: '10.240.9.9', mac },
      false,
    ],
    ['a forwarding entry on another port', { kind: 'fdb', netns: '', dev: second.hostVeth ?? '', mac }, true],
    [
      'an element that leads elsewhere',
      {
        kind: 'nft-element',
        netns: '',
        table: 'vnet',
        set: 'pods',
        key: '10.240.0.36',
        value: second.mac ?? '',
      },
      true,
    ],
    [
      'a MAC that a pod gave itself',
      {
        kind: 'nft-element',
        netns: '',
        table: 'vnet',
        set: 'own_macs',
        key: hostVeth,
        value: '02:00:00:00:00:01',
      },
      false,
    ],
    ['a veth out of its bridge', { kind: 'link', netns: '', name: hostVeth, type: 'veth', master: '' }, true],
  ])('of %s', (_what, object, isOdd) => {
    expect(judge('set', object)).toBe(isOdd);
  });

  it('counts for the announced fields only', () => {
    const port: NetObject = {
      kind: 'link',
      netns: '',
      name: hostVeth,
      type: 'device',
      port: { hairpin: true },
    };
    expect(judge('set', port, { fields: ['port'] })).toBe(false);
    expect(judge('set', { ...port, port: { hairpin: false } }, { fields: ['port'] })).toBe(true);
    expect([
      isPartialNotice({ verb: 'set', object: port, fields: ['port'], portId: 0 }),
      isPartialNotice({ verb: 'gone', object: port, portId: 0 }),
    ]).toEqual([true, false]);
  });

  it('from a pod counts when any pod is to have it', () => {
    const address: NetObject = { kind: 'address', netns: SOME_POD, dev: '', address: '10.240.0.36/16' };
    expect([judge('gone', address), judge('gone', { ...address, address: '10.0.0.1/8' })]).toEqual([
      true,
      false,
    ]);
    const link: NetObject = { kind: 'link', netns: SOME_POD, name: hostVeth, type: 'veth' };
    expect([
      judge('touched', link),
      judge('set', link),
      judge('touched', { ...link, name: 'veth1' }),
    ]).toEqual([true, false, false]);
  });

  it('of a bridge set down, or of a deleted address, may be only part of the change', () => {
    const bridge: NetObject = { kind: 'link', netns: '', name: 'azure0', type: 'bridge', up: false };
    const address: NetObject = { kind: 'address', netns: '', dev: 'azure0', address: '10.240.0.35/16' };
    expect(mayRemoveOthers({ verb: 'set', object: bridge, portId: 0 })).toBe(true);
    expect(mayRemoveOthers({ verb: 'gone', object: address, portId: 0 })).toBe(true);
    expect(mayRemoveOthers({ verb: 'set', object: { ...bridge, type: 'veth' }, portId: 0 })).toBe(false);
  });
});

describe('an announcement of a route that the kernel makes for an address', () => {
  const ROUTE: RouteObject = hostRoute('10.240.0.0/16', 'azure0', { source: '10.240.0.35', protocol: 2 });
  const told = (verb: Notice['verb'], more: Partial<RouteObject> = {}): Notice | undefined =>
    asStateNotice({ verb, object: { ...ROUTE, ...more }, portId: 811 }, EXPECTATION);

  it.each<[string, Partial<RouteObject>, string]>([
    ['on the node', {}, 'address 10.240.0.35/16 dev azure0'],
    ['in a pod', { netns: SOME_POD, dev: '', source: '10.240.0.37' }, 'address 10.240.0.37/16 dev  netns *'],
  ])('%s determines whether the address has its prefix route', (_where, more, key) => {
    const [gone, back] = [told('gone', more), told('set', more)];
    if (gone === undefined || back === undefined) throw new Error('nothing was told');
    expect([keyOf(gone.object), gone.portId, isPartialNotice(gone)]).toEqual([key, 811, true]);
    expect([contradicts(gone, EXPECTATION), contradicts(back, EXPECTATION)]).toEqual([true, false]);
  });

  it.each<[string, Partial<RouteObject>]>([
    ['another interface', { dev: 'eth0' }],
    ['another prefix', { to: '10.9.0.0/16' }],
    ['a pod’s other address', { netns: SOME_POD, dev: '', source: '10.0.0.1' }],
  ])('of %s is ignored', (_what, more) => {
    const notice = told('gone', more);
    expect(notice === undefined || !contradicts(notice, EXPECTATION)).toBe(true);
  });

  it('of a pod that names no source is ignored', () => {
    const { source: _none, ...route } = ROUTE;
    const object = { ...route, netns: SOME_POD, dev: '' };
    expect(asStateNotice({ verb: 'gone', object, portId: 0 }, EXPECTATION)).toBeUndefined();
  });

  it('counts as a route where the document itself names such a one', () => {
    const route = { to: '10.240.0.0/16', protocol: 2 };
    const uplink = {
      ...NETWORK.uplink,
      addresses: [{ address: '10.240.0.35/16', noPrefixRoute: true }],
      routes: [route],
    };
    const document = documentOf([], { ...NETWORK, uplink });
    const expectation = expectationOf(derive(document, new Map()).state, ownershipOf(document));
    const notice: Notice = { verb: 'gone', object: ROUTE, portId: 0 };
    expect(asStateNotice(notice, expectation)).toBe(notice);
    expect(contradicts(notice, expectation)).toBe(true);
  });
});

describe('the deletion of a route in a pod', () => {
  const routes = [...state.values()].flatMap((one) =>
    one.kind === 'route' && one.netns !== '' ? [one] : [],
  );

  it.each([
    ['is at odds if a process made it', 77, true],
    ['is ignored if the kernel made it: the interface or its address is gone, and announced', 0, false],
  ])('%s', (_what, portId, isOdd) => {
    expect(routes.length).toBeGreaterThan(1);
    for (const route of routes)
      expect(judge('gone', { ...route, netns: SOME_POD, dev: '' }, { portId })).toBe(isOdd);
  });
});

describe('the objects of interest of a document', () => {
  it('is in the destinations of its routes and the prefixes of its addresses, and in IPv6 only where it has some', () => {
    const interest = notificationFilterOf(state);
    expect(interest.destinations).toEqual([
      { family: 4, to: '10.240.0.0/16' },
      { family: 4, to: '168.63.129.16/32' },
      { family: 4, to: 'default' },
    ]);
    expect(interest.podDestinations).toEqual([
      { family: 4, to: '10.240.0.0/16' },
      { family: 4, to: 'default' },
    ]);
    expect(interest.hasIpv6).toBe(false);
    const six: NetObject = { kind: 'address', netns: netnsOf(0), dev: 'eth0', address: 'fd00::5/64' };
    expect(notificationFilterOf(new Map([['x', six]])).hasIpv6).toBe(true);
  });

  it('does not depend on the order of objects', () => {
    const turned = new Map([...state].toReversed());
    expect(isSameFilter(notificationFilterOf(turned), notificationFilterOf(state))).toBe(true);
    expect(isSameFilter(notificationFilterOf(new Map()), notificationFilterOf(state))).toBe(false);
  });
});
