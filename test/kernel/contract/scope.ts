/** Contract of observation scopes. */
import { expect, it } from 'vitest';
import type { Scope } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { create, must, outcomes, destroy } from './changes.ts';
import { expectHolds, expectLacks, see, wholeScope } from './expectations.ts';
import { addressOf, bridgeOf, elementOf, neighbourOf, podLinkOf, routeOf, vethOf } from './builders.ts';
import { BRIDGE, NIC, POD_MAC, TABLE, VETH } from './objects.ts';
import type { CurrentTestbed } from './testbed.ts';

const FOREIGN: readonly NetObject[] = [
  bridgeOf('docker0', { mac: '06:00:00:00:00:0d' }),
  addressOf('docker0', '172.17.0.1/16'),
  routeOf('172.18.0.0/16', 'docker0', { protocol: 4 }),
];

export function describeScope(testbed: CurrentTestbed): void {
  it('a whole scope sees every link, foreign ones with their alias, and lo', () => {
    for (const object of FOREIGN) testbed().tamper(create(object));
    must(testbed(), create(BRIDGE), create(TABLE), create(elementOf('ports', 'azv9')));
    const state = see(testbed(), [], { devices: [] });
    for (const object of [bridgeOf('docker0'), BRIDGE, NIC, TABLE, elementOf('ports', 'azv9')]) {
      expectHolds(state, object);
    }
    expect(state.get('link lo')).toMatchObject({ type: 'device', up: true, master: '' });
    expect(state.get('link docker0')).not.toHaveProperty('alias');
  });

  it('foreign addresses, routes and neighbours on the named devices are observed too', () => {
    for (const object of FOREIGN) testbed().tamper(create(object));
    const state = see(testbed(), [], { devices: ['docker0'] });
    for (const object of FOREIGN) expectHolds(state, object);
  });

  it('a narrow scope sees only the links and entries that are named', () => {
    const netns = testbed().addNamespace();
    const other = vethOf(netns, { name: 'azv0', alias: 'vnet:azure/2/eth0', peer: { netns, name: 'eth9' } });
    const entries: readonly NetObject[] = [
      neighbourOf('10.240.0.35'),
      { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC },
      elementOf('pods', '10.240.0.35', POD_MAC),
      routeOf('10.240.0.35/32', VETH),
      addressOf(VETH, '10.240.0.1/32'),
    ];
    const others = [
      addressOf('azure0', '10.240.0.4/16'),
      addressOf(VETH, '10.240.0.2/32'),
      neighbourOf('10.240.0.36'),
      elementOf('ports', 'azv0'),
      routeOf('10.240.0.36/32', VETH),
    ];
    must(testbed(), create(BRIDGE), create(TABLE), create(vethOf(netns), podLinkOf(netns)), create(other));
    must(testbed(), ...[...entries, ...others].map((object) => create(object)));
    const devices = ['azure0', VETH];
    const narrow: Scope = { ...wholeScope([netns]), whole: false, devices, entries };
    const state = see(testbed(), [netns], narrow);
    for (const object of [BRIDGE, vethOf(netns), podLinkOf(netns), ...entries]) expectHolds(state, object);
    for (const object of [other, NIC, ...others]) expectLacks(state, object);
    const nothing = see(testbed(), [], { whole: false, devices: [], entries: [] });
    expect(Array.from(nothing.values()).filter(({ kind }) => kind !== 'nft-table')).toEqual([]);
  });

  it('names in a narrow scope that are not there are absent, not an error', () => {
    const scope = {
      whole: false,
      devices: ['none'],
      entries: [elementOf('pods', '10.240.0.35'), neighbourOf('10.240.0.35')],
    };
    const state = see(testbed(), [], scope);
    expect(Array.from(state.keys())).toEqual([]);
    must(testbed(), create(TABLE));
    expectLacks(see(testbed(), [], scope), elementOf('pods', '10.240.0.35'));
  });
  describePods(testbed);
}

/** The observed objects of pods. */
function describePods(testbed: CurrentTestbed): void {
  it('of a pod only the interface that is named is seen', () => {
    const netns = testbed().addNamespace();
    const second = vethOf(netns, { name: 'azv0', alias: 'vnet:azure/1/eth1', peer: { netns, name: 'eth1' } });
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)), create(second));
    const seen = Array.from(see(testbed(), [netns]).keys()).filter((key) => key.includes(netns));
    expect(seen.filter((key) => key.startsWith('link'))).toEqual([`link eth0 netns ${netns}`]);
  });

  it('of a pod both families are seen, or the one that is named', () => {
    const netns = testbed().addNamespace();
    const far = podLinkOf(netns);
    const [four, six] = [
      addressOf('eth0', '10.240.0.35/16', { netns }),
      addressOf('eth0', 'fd00::35/64', { netns }),
    ];
    const routes = [
      routeOf('10.9.0.0/16', 'eth0', { netns }),
      routeOf('fd09::/64', 'eth0', { netns, metric: 1024 }),
    ];
    must(
      testbed(),
      create(BRIDGE),
      create(vethOf(netns), far),
      ...[four, six, ...routes].map((one) => create(one)),
    );
    const keysIn = (family?: 4): ReadonlySet<string> => {
      const pods = [{ netns, ifName: 'eth0', ...(family && { family }) }];
      const seen = testbed().kernel.observe({ ...wholeScope([]), pods });
      const keys = seen.ok ? Array.from(seen.value.state.keys()) : [];
      return new Set(keys.filter((key) => key.includes(netns)));
    };
    const keys = [far, four, six, ...routes].map(keyOf);
    expect(keysIn()).toEqual(new Set(keys));
    expect(keysIn(4)).toEqual(new Set([far, four, routes[0] ?? four].map(keyOf)));
  });

  it('an existing namespace has its inode as fact; a deleted one is gone and has no objects', () => {
    const [netns, other] = [testbed().addNamespace(), testbed().addNamespace()];
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    const facts = () => {
      const seen = testbed().kernel.observe(wholeScope([netns, other, '/run/netns/none']));
      return seen.ok ? Array.from(seen.value.namespaces) : [];
    };
    const inodes = [netns, other].map((path) => testbed().inodeOf(path));
    expect(new Set(inodes).size).toBe(2);
    expect(facts()).toEqual([
      [netns, { inode: inodes[0] }],
      [other, { inode: inodes[1] }],
      ['/run/netns/none', 'gone'],
    ]);
    testbed().removeNamespace(netns);
    expect(facts()[0]).toEqual([netns, 'gone']);
    expect(Array.from(see(testbed(), [netns]).keys()).filter((key) => key.includes(netns))).toEqual([]);
    expect(outcomes(testbed(), [destroy(podLinkOf(netns))])).toEqual(['unchanged']);
  });

  it('a path that is no namespace is gone', () => {
    const seen = testbed().kernel.observe(wholeScope(['/etc/hostname']));
    expect(seen.ok ? seen.value.namespaces.get('/etc/hostname') : seen.error).toBe('gone');
  });

  it('the veth of a pod outside the scope is seen without its peer', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    expect(see(testbed()).get(`link ${VETH}`)).not.toHaveProperty('peer');
    expect(see(testbed(), [netns]).get(`link ${VETH}`)).toHaveProperty('peer', { netns, name: 'eth0' });
  });
}
