import { describe, expect, it } from 'vitest';
import { previewRound } from '../../../reconciler/loop/round/preview.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Scope } from '../../../reconciler/model/ports/kernel.ts';
import { lazyLibrary } from '../../document/support/whole-library.ts';
import { whenLoaded } from '../../../reconciler/document/library.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { keyOf } from '../../../reconciler/model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf, idOf, netnsOf, NETWORK } from '../../support/node.ts';

const BOOTS = ['5b1c9d0e-1111-4f7a-9c53-8a1d3c5e7f90', '5b1c9d0e-2222-4f7a-9c53-8a1d3c5e7f90'] as const;
const ADDED = '2026-11-21T11:00:00.000Z';

function round(session: MemorySession) {
  const result = runRound(session, { limit: 'hitless' });
  if (!result.ok || result.value === undefined) throw new Error(JSON.stringify(result));
  return result.value;
}

function withMoment(seconds: number, bootId?: string) {
  return {
    now: new Date(Date.parse('2026-11-21T12:00:00.000Z') + seconds * 1000),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

describe('runRound', () => {
  it('builds a node from nothing and has nothing left to do', () => {
    const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]));
    const first = round(session);
    expect(first.failures).toEqual([]);
    expect(first.remaining).toEqual([]);
    expect(first.outcomes.length).toBeGreaterThan(20);
    const second = round(session);
    expect([second.plan.steps, second.outcomes]).toEqual([[], []]);
  });

  it('writes nothing when there is nothing to do', () => {
    const document = documentOf([0]);
    const session = createMemorySession(bootedKernel([0]), document);
    round(session);
    expect(session.store.document()).toBe(document);
    round(session);
    expect(session.store.document()).toBe(document);
  });

  it("touches nothing without a document, or with another node's", () => {
    const kernel = bootedKernel([]);
    const before = kernel.dump();
    expect(runRound(createMemorySession(kernel, undefined), { limit: 'hitless' })).toEqual({
      ok: true,
      value: undefined,
    });
    const foreign: VnetDocument = { ...documentOf([0]), metadata: { node: 'node-2', generation: 1 } };
    expect(runRound(createMemorySession(kernel, foreign), { limit: 'hitless' })).toMatchObject({
      ok: false,
      error: { code: 'refused' },
    });
    expect(kernel.dump()).toBe(before);
  });

  it.each([
    [
      'another boot, of which the document does not know',
      BOOTS[1],
      ['load creation', 'load archive', 'load recovery', 'load attributes', 'observe', 'observe'],
    ],
    ['the boot of which the document knows', BOOTS[0], ['observe', 'observe']],
  ])('reads the node once before and once after its steps, in %s', async (_when, bootId, expected) => {
    const known = documentOf([0, 1]);
    const document = { ...known, metadata: { ...known.metadata, bootId: BOOTS[0] } };
    const session = createMemorySession(bootedKernel([0, 1]), document, withMoment(0, bootId));
    const calls: string[] = [];
    const { kernel } = session;
    const library = lazyLibrary((part) => calls.push(`load ${part}`));
    const counted = {
      ...session,
      kernel: {
        ...kernel,
        observe: (scope: Scope) => {
          if (scope.pods.length > 0) calls.push('observe');
          return kernel.observe(scope);
        },
      },
      library,
    };
    const done = await whenLoaded(library, () => runRound(counted, { limit: 'hitless' }));
    expect(done).toMatchObject({ ok: true, value: { remaining: [], failures: [] } });
    expect(calls).toEqual(expected);
  });

  it('does what its preview shows', () => {
    const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]));
    const preview = previewRound(session, { limit: 'hitless' });
    if (!preview.ok || preview.value === undefined) throw new Error('no preview');
    expect(round(session).plan).toEqual(preview.value.plan);
  });

  it('releases an endpoint whose namespace was seen dead twice, and quarantines its address', () => {
    const at = { ...withMoment(0) };
    const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]), at);
    round(session);
    session.kernel.removeNamespace(netnsOf(0));
    expect(round(session)).toMatchObject({ missing: [idOf(0)], released: [] });
    expect(round(session)).toMatchObject({ missing: [], released: [] });
    at.now = withMoment(30).now;
    expect(round(session)).toMatchObject({ released: [idOf(0)] });
    expect(Object.keys(session.store.document()?.endpoints ?? {})).toEqual([idOf(1)]);
    expect(session.store.document()?.released).toEqual({ 'azure/10.240.0.36': at.now.toISOString() });
    const left = session.kernel.observe({
      whole: true,
      devices: ['azure0'],
      pods: [],
      sysctls: [],
      entries: [],
    });
    if (!left.ok) throw new Error('unreadable');
    const about = Array.from(left.value.state.values(), keyOf).filter((key) => key.includes('10.240.0.36'));
    expect(about).toEqual([]);
  });

  it('releases both addresses of an endpoint', () => {
    const addresses = ['10.240.0.36/16', 'fd00::36/64'] as const;
    const both = { ...documentOf([0]), endpoints: { [idOf(0)]: endpointOf(0, { addresses }) } };
    const session = createMemorySession(bootedKernel([0]), both);
    round(session);
    const leaving = endpointOf(0, { addresses, leaving: ADDED });
    session.store.replace({ ...both, endpoints: { [idOf(0)]: leaving } });
    expect(round(session)).toMatchObject({ released: [idOf(0)], failures: [] });
    expect(Object.keys(session.store.document()?.released ?? {})).toEqual([
      'azure/10.240.0.36',
      'azure/fd00::36',
    ]);
  });

  it('keeps the address of a leaving endpoint while anything of it is left in the kernel', () => {
    const leaving = { ...documentOf([0]), endpoints: { [idOf(0)]: endpointOf(0, { leaving: ADDED }) } };
    const session = createMemorySession(bootedKernel([0]), documentOf([0]));
    round(session);
    session.store.replace(leaving);
    session.kernel.failNext(
      (change) => change.verb === 'delete' && change.have.kind === 'neighbour',
      failure('busy', 'delete neighbour', 'made to fail'),
    );
    expect(round(session)).toMatchObject({ released: [], failures: [{ message: 'made to fail' }] });
    expect(session.store.document()?.endpoints).toHaveProperty([idOf(0)]);
    expect(round(session)).toMatchObject({ released: [idOf(0)], failures: [], remaining: [] });
  });

  it('forgives a namespace that is back', () => {
    const at = { ...withMoment(0) };
    const session = createMemorySession(bootedKernel([0]), documentOf([0]), at);
    round(session);
    session.kernel.removeNamespace(netnsOf(0));
    round(session);
    session.kernel.addNamespace(netnsOf(0));
    at.now = withMoment(30).now;
    expect(round(session)).toMatchObject({ released: [], missing: [], failures: [] });
    expect(session.store.document()?.endpoints?.[idOf(0)]).not.toHaveProperty('missing');
  });

  it('after a reboot rebuilds the network and releases the endpoints of the old boot at once', () => {
    const at = withMoment(0);
    const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]), at);
    round(session);
    session.kernel.reboot();
    const rebooted = { ...session, bootId: '99999999-1111-4222-8333-444455556666' };
    const after = round(rebooted);
    expect(after).toMatchObject({ released: [idOf(0), idOf(1)], failures: [], remaining: [] });
    expect(session.store.document()?.metadata.bootId).toBe(rebooted.bootId);
    expect(session.store.document()?.endpoints).toEqual({});
    const bridge = session.kernel.observe({
      whole: true,
      devices: ['azure0'],
      pods: [],
      sysctls: [],
      entries: [],
    });
    expect(bridge.ok && bridge.value.state.has('address 10.240.0.35/16 dev azure0')).toBe(true);
  });

  it('keeps the lease that replaces another of its prefix', () => {
    const session = createMemorySession(bootedKernel([]), documentOf([]));
    round(session);
    const lease = {
      kind: 'address',
      netns: '',
      dev: 'eth0',
      address: '10.240.0.200/16',
      dynamic: true,
      lifetimes: { preferredSeconds: 1800, validSeconds: 3600 },
    } as const;
    expect(session.kernel.tamper({ verb: 'create', want: lease })).toMatchObject({ ok: true });
    const { outcomes, remaining } = round(session);
    const done = outcomes.map(({ step: { change, key } }) => `${change.verb} ${key}`);
    const order = [
      'create sysctl net/ipv4/conf/azure0/promote_secondaries',
      'create address 10.240.0.200/16 dev azure0',
      'delete address 10.240.0.35/16 dev azure0',
    ];
    expect(done.filter((one) => order.includes(one))).toEqual(order);
    expect(remaining).toEqual([]);
  });

  it('removes nothing of a network whose uplink could not be released', () => {
    const kernel = bootedKernel([]);
    round(createMemorySession(kernel, documentOf([])));
    const before = kernel.dump();
    const released = documentOf([], { ...NETWORK, uplink: { ...NETWORK.uplink, released: true } });
    kernel.failNext(
      (change) => change.verb === 'update' && change.want.kind === 'link',
      failure('busy', 'take eth0 out of its bridge', 'made to fail'),
    );
    const done = round(createMemorySession(kernel, released));
    expect(done).toMatchObject({ outcomes: [], failures: [{ message: 'made to fail' }] });
    expect(done.remaining.map(({ key }) => key)).toContain('link azure0');
    const objects = (text: string): unknown =>
      JSON.parse(text)
        .objects.map((one: object) => JSON.stringify(one))
        .toSorted();
    expect(objects(kernel.dump())).toEqual(objects(before));
    expect(round(createMemorySession(kernel, released))).toMatchObject({ failures: [], remaining: [] });
  });

  it('releases the uplink if the document declares it released', () => {
    const kernel = bootedKernel([]);
    const pristine = kernel.dump();
    const session = createMemorySession(kernel, documentOf([]));
    round(session);
    expect(kernel.dump()).not.toBe(pristine);
    const network = { ...NETWORK, uplink: { ...NETWORK.uplink, released: true } };
    const released = createMemorySession(kernel, documentOf([], network));
    expect(round(released)).toMatchObject({ failures: [], remaining: [], withheld: [] });
    const objects = (text: string): readonly string[] =>
      (JSON.parse(text) as { objects: Parameters<typeof keyOf>[0][] }).objects.map(keyOf).toSorted();
    expect(objects(kernel.dump())).toEqual(objects(pristine));
  });
});
