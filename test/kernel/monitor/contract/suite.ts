/** Contract of every Monitor: the simulation's, which the loop's tests use, and Linux's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../../reconciler/model/ports/kernel.ts';
import {
  type NotificationFilter,
  type Monitor,
  type Notice,
  SOME_POD,
} from '../../../../reconciler/model/ports/monitor.ts';
import {
  HOST,
  keyOf,
  type NetnsPath,
  type NetObject,
  type State,
} from '../../../../reconciler/model/state.ts';
import { create, destroy, outcomes, update } from '../../contract/changes.ts';
import { see } from '../../contract/expectations.ts';
import { addressOf, elementOf, neighbourOf, podLinkOf, routeOf, vethOf } from '../../contract/builders.ts';
import { BRIDGE, POD_MAC, TABLE, VETH } from '../../contract/objects.ts';
import type { Testbed } from '../../contract/testbed.ts';

/** A kernel, and its monitor. */
export type MonitorTestbed = { readonly testbed: Testbed; readonly monitor: Monitor };

/**
 * Most notifications arrive during the change; those of a carrier or of the end of a namespace arrive later.
 */
const LONGEST_MS = 300_000;

const INTEREST: NotificationFilter = {
  destinations: ['10.9.0.0/16', '10.8.0.0/16', '10.240.0.0/16', 'default'].map((to) => ({ family: 4, to })),
  podDestinations: [{ family: 4, to: 'default' }],
  hasIpv6: true,
};

const ADDRESS = addressOf('azure0', '10.240.0.4/16');
const ROUTE = routeOf('10.9.0.0/16', 'azure0', { via: '10.240.0.1' });
const SOURCED = routeOf('10.8.0.0/16', 'azure0', { via: '10.240.0.1', source: '10.240.0.4' });
const NEIGHBOUR = neighbourOf('10.240.0.36');
const FDB: NetObject = { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC };
const ELEMENT = elementOf('pods', '10.240.0.36', POD_MAC);

/** Notifications of one act, and the States before and after it. */
type ParsedNotice = { readonly notices: readonly Notice[]; readonly before: State; readonly after: State };

/** Runs the cases, each in a testbed from `open`. */
export function describeMonitor(name: string, open: () => MonitorTestbed): void {
  describe(`the contract of a monitor, kept by ${name}`, () => {
    let node: MonitorTestbed;
    let pod: NetnsPath;
    beforeEach(() => {
      node = open();
      pod = node.testbed.addNamespace();
      expect(node.monitor.attend(INTEREST)).toEqual({ ok: true, value: undefined });
      const made = [BRIDGE, ADDRESS, ROUTE, SOURCED, NEIGHBOUR, TABLE, ELEMENT].map((object) =>
        create(object),
      );
      const ofPod = [
        create(vethOf(pod), podLinkOf(pod)),
        create(FDB),
        create({ ...addressOf('eth0', '10.240.0.36/16'), netns: pod }),
        create({ ...routeOf('default', 'eth0', { via: '10.240.0.1' }), netns: pod }),
      ];
      expect(outcomes(node.testbed, [...made, ...ofPod])).toEqual([...made, ...ofPod].map(() => 'changed'));
      node.monitor.drain();
    });
    afterEach(() => {
      node.monitor.close();
      node.testbed.close();
    });

    /**
     * Returns the State after the last notification; adds those that arrive meanwhile, as the end of the kernel's check
     * of a link-local address for duplicates.
     */
    const seeSettled = (notices: Notice[]): State => {
      for (;;) {
        const after = see(node.testbed, [pod]);
        const { notices: late, isLost } = node.monitor.drain();
        expect(isLost).toBe(false);
        if (late.length === 0) return after;
        notices.push(...late);
      }
    };

    /**
     * Runs the act and resolves to its notifications, once `until` was received.
     * Law: every notification is true, and only known omissions are missing.
     */
    const hear: Hear = async (act, { silent = [], until } = {}) => {
      const before = see(node.testbed, [pod]);
      act();
      const notices: Notice[] = [];
      const deadline = Date.now() + LONGEST_MS;
      for (;;) {
        const drained = node.monitor.drain();
        expect(drained.isLost).toBe(false);
        notices.push(...drained.notices);
        if (until === undefined || notices.map(wordOf).includes(until)) break;
        if (Date.now() > deadline) throw new Error(`heard only ${notices.map(wordOf).join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const heard = { notices, before, after: seeSettled(notices) };
      expectTrue(heard);
      expectWhole(heard, silent);
      return heard;
    };
    const change =
      (...changes: readonly Change[]) =>
      (): void => {
        expect(outcomes(node.testbed, changes)).toEqual(changes.map(() => 'changed'));
      };
    describeOwn(hear, change, () => pod);
    describeCascades(hear, change, () => ({ pod, testbed: node.testbed }));
  });
}

/** Shape: `silent` are objects known to change or disappear without notification. */
type Hear = (
  act: () => void,
  how?: { readonly silent?: readonly NetObject[]; readonly until?: string },
) => Promise<ParsedNotice>;
type Doing = (...changes: readonly Change[]) => () => void;

/** The last notification about an object matches its state. */
function expectTrue({ notices, after }: ParsedNotice): void {
  const last = new Map(notices.map((notice) => [keyOf(notice.object), notice]));
  for (const [key, { verb, object, fields }] of last) {
    // The kernel's own routes are not part of a State.
    if (object.netns === SOME_POD || (object.kind === 'route' && object.protocol === 2)) continue;
    if (object.kind === 'address' && object.address.startsWith('fe80')) continue;
    const seen = after.get(key);
    expect([key, verb, seen !== undefined]).toEqual([key, verb, verb !== 'gone']);
    const told = Object.entries(object).filter(([name]) => fields === undefined || fields.includes(name));
    if (verb === 'set')
      expect(seen).toMatchObject(Object.fromEntries(told.filter(([name]) => name !== 'type')));
  }
}

/**
 * Every added, changed or removed host object is reported, except known omissions. Newer Linux also reports
 * routes whose source is gone (6.18 does): listeners must not depend on it.
 */
function expectWhole({ notices, before, after }: ParsedNotice, silent: readonly NetObject[]): void {
  const told = new Set(
    notices.map(({ verb, object }) => `${verb === 'gone' ? 'gone' : 'there'} ${keyOf(object)}`),
  );
  const untold = [...new Set([...before.keys(), ...after.keys()])].filter((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    const isSame = JSON.stringify(was) === JSON.stringify(is);
    return (
      !isSame && (was ?? is)?.netns === HOST && !told.has(`${is === undefined ? 'gone' : 'there'} ${key}`)
    );
  });
  const surely = untold.filter((key) => key !== keyOf(SOURCED));
  expect(surely.toSorted()).toEqual(silent.map(keyOf).toSorted());
}

function wordOf({ verb, object }: Notice): string {
  return `${verb} ${keyOf(object)}`;
}

/** The notifications as words, of this object only if given: links change their carrier at any time. */
function words({ notices }: ParsedNotice, object?: NetObject): readonly string[] {
  const about =
    object === undefined ? notices : notices.filter((notice) => keyOf(notice.object) === keyOf(object));
  return about.map(wordOf);
}

function describeOwn(hear: Hear, change: Doing, pod: () => NetnsPath): void {
  it.each<[string, NetObject]>([
    ['a neighbour', NEIGHBOUR],
    ['a forwarding entry', FDB],
    ['a route', ROUTE],
    ['an element', ELEMENT],
    ['another address', addressOf('azure0', '10.240.0.5/16')],
    ['an address of IPv6', addressOf('azure0', 'fd00::4/64')],
  ])('%s is announced when added and when deleted', async (_what, object) => {
    const isThere = !('address' in object) || object === NEIGHBOUR;
    const [first, second] = isThere ? [destroy(object), create(object)] : [create(object), destroy(object)];
    const verbs = isThere ? ['gone', 'set'] : ['set', 'gone'];
    for (const [index, one] of [first, second].entries()) {
      const until = `${verbs[index]} ${keyOf(object)}`;
      expect(words(await hear(change(one), { until }))).toContain(until);
    }
  });

  it('a link is announced with its present fields', async () => {
    const want = { ...BRIDGE, mtuBytes: 1400, mac: '02:00:00:00:00:09' };
    const { notices } = await hear(change(update(BRIDGE, want)));
    // The node's own uplink may get its address meanwhile.
    const ofLinks = notices.filter(({ object }) => object.kind !== 'address');
    expect(ofLinks.at(-1)).toMatchObject({ verb: 'set', object: { name: 'azure0', mtuBytes: 1400 } });
    const port = await hear(change(update(vethOf(pod()), vethOf(pod(), { port: { hairpin: false } }))));
    expect(port.notices.map(({ object }) => object)).toContainEqual(
      expect.objectContaining({ name: VETH, port: { hairpin: false } }),
    );
  });

  it('an element that gets another value is announced as deleted and added', async () => {
    const heard = await hear(change(update(ELEMENT, { ...ELEMENT, value: '0a:00:00:00:00:99' })));
    expect(words(heard, ELEMENT)).toEqual([`gone ${keyOf(ELEMENT)}`, `set ${keyOf(ELEMENT)}`]);
  });

  it('a route that replaces another is announced as set', async () => {
    const heard = await hear(change(update(ROUTE, { ...ROUTE, via: '10.240.0.2' })));
    expect(words(heard, ROUTE)).toEqual([`set ${keyOf(ROUTE)}`]);
  });

  it('a pod is announced by its losses, and by the carrier of its host veth', async () => {
    const netns = pod();
    const route = { ...routeOf('default', 'eth0', { via: '10.240.0.1' }), netns };
    expect(words(await hear(change(destroy(route))))).toContain('gone route default netns *');
    expect(words(await hear(change(create(route)))).filter((word) => word.includes('*'))).toEqual([]);
    const address = { ...addressOf('eth0', '10.240.0.36/16'), netns };
    expect(words(await hear(change(destroy(address))))).toContain('gone address 10.240.0.36/16 dev  netns *');
    const down = update(podLinkOf(netns), { ...podLinkOf(netns), up: false });
    await hear(change(down), { until: `touched link ${VETH} netns *` });
    const up = update({ ...podLinkOf(netns), up: false }, podLinkOf(netns));
    await hear(change(up), { until: `set link ${VETH} netns *` });
  });
}

type Place = { readonly pod: NetnsPath; readonly testbed: Testbed };

function describeCascades(hear: Hear, change: Doing, place: () => Place): void {
  it('a deleted link is announced with all objects on it, except its IPv4 routes', async () => {
    const heard = await hear(change(destroy(BRIDGE)), { silent: [ROUTE] });
    expect(words(heard)).toEqual(
      expect.arrayContaining([BRIDGE, ADDRESS, NEIGHBOUR, FDB].map((object) => `gone ${keyOf(object)}`)),
    );
    expect(heard.notices.filter(({ object }) => object.kind === 'route' && object.protocol !== 2)).toEqual(
      [],
    );
  });

  it('a link set down is announced with its neighbours, but not its IPv4 routes', async () => {
    const heard = await hear(change(update(BRIDGE, { ...BRIDGE, up: false })), { silent: [ROUTE, ADDRESS] });
    expect(words(heard)).toContain(`gone ${keyOf(NEIGHBOUR)}`);
    expect(heard.notices.filter(({ object }) => object.kind === 'route' && object.protocol !== 2)).toEqual(
      [],
    );
  });

  it('the last address is announced with its neighbours, but not the routes through its subnet', async () => {
    const heard = await hear(change(destroy(ADDRESS)), { silent: [ROUTE] });
    expect(words(heard)).toEqual(
      expect.arrayContaining([`gone ${keyOf(ADDRESS)}`, `gone ${keyOf(NEIGHBOUR)}`]),
    );
    expect(words(heard)).not.toContain(`gone ${keyOf(ROUTE)}`);
  });

  it('an address that removes others of its subnet is announced with each of them', async () => {
    const second = addressOf('azure0', '10.240.0.5/16');
    await hear(change(create(second)));
    const heard = await hear(change(destroy(ADDRESS)), { silent: [ROUTE] });
    for (const address of [ADDRESS, second]) expect(words(heard)).toContain(`gone ${keyOf(address)}`);
  });

  it('IPv6 routes of a deleted link are each announced', async () => {
    const [address, route] = [
      addressOf('azure0', 'fd00::4/64'),
      routeOf('fd09::/64', 'azure0', { via: 'fd00::9', metric: 1024 }),
    ];
    await hear(change(create(address), create(route)), { until: `set ${keyOf(address)}` });
    const heard = await hear(change(destroy(BRIDGE)), { silent: [ROUTE] });
    expect(words(heard)).toContain(`gone ${keyOf(address)}`);
  });

  it('a port that leaves its bridge is announced with its forwarding entries', async () => {
    const { pod } = place();
    const heard = await hear(change(update(vethOf(pod), vethOf(pod, { master: '' }))));
    expect(words(heard)).toContain(`gone ${keyOf(FDB)}`);
  });

  it('a deleted table is announced without its elements', async () => {
    const heard = await hear(change(destroy(TABLE)), { silent: [ELEMENT] });
    expect(words(heard)).toContain(`gone ${keyOf(TABLE)}`);
  });

  it('the end of a namespace is announced only by its host veth, with the objects on it', async () => {
    const { pod, testbed } = place();
    const heard = await hear(() => testbed.removeNamespace(pod), { until: `gone link ${VETH}` });
    expect(words(heard)).toEqual(expect.arrayContaining([`gone link ${VETH}`, `gone ${keyOf(FDB)}`]));
    expect(words(heard).filter((word) => word.includes('netns *'))).toEqual([]);
  });
}
