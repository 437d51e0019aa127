/** The failure table: what must hold on a node whatever happens to the API. One test for each row. */
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../../reconciler/cluster/api/resources.ts';
import { NODE_NETWORKS } from '../../../reconciler/cluster/custom-resources.ts';
import { must } from '../../support/must.ts';
import { addRevision, conditionsOf, statusOf, want } from '../fake/vnet-cluster.ts';
import { BEFORE, NAME, openAgent, WITH_MTU } from './open-agent.ts';

describe('an agent', () => {
  it('applies the revision, confirms it over a new connection, and says so', async () => {
    const { clock, admin, node } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    expect(node.fields).toEqual(WITH_MTU);
    const status = await statusOf(admin, NAME);
    expect(status.revision).toEqual({ desired: 'mtu', applied: 'mtu', confirmed: 'mtu' });
    expect(conditionsOf(status)).toEqual({
      Ready: 'True Test',
      Converged: 'True Converged',
      Applied: 'True Confirmed',
      Confirmed: 'True Confirmed',
      PoolAvailable: 'True AddressesFree',
      PolicyEnforced: 'Unknown NotEnforced',
    });
    const counts = { capacity: 30, used: 3, resting: 0, free: 27, maxPods: 30 };
    expect(status.addresses).toEqual({ network: 'azure', ...counts });
  });

  it('writes nothing while nothing changes', async () => {
    const { clock, writes } = await openAgent();
    await clock.advance(60_000);
    const before = writes();
    expect(before).toBe(1);
    await clock.advance(86_400_000);
    expect(writes()).toBe(before);
  });

  it('writes at most every ten seconds, pods alone every minute, and a condition that turned at once', async () => {
    const { clock, admin, node, writes } = await openAgent();
    await clock.advance(60_000);
    const before = writes();
    for (let second = 0; second < 600; second += 2) {
      node.used = 3 + ((second / 2) % 20);
      await clock.advance(2000);
    }
    expect(writes() - before).toBeGreaterThanOrEqual(9);
    expect(writes() - before).toBeLessThanOrEqual(11);
    for (let second = 0; second < 600; second += 2) {
      node.edit({ ...BEFORE, policy: { links: second % 4 === 0 ? 'report' : 'repair' } });
      await clock.advance(2000);
    }
    expect(writes() - before).toBeLessThanOrEqual(11 + 61);
    node.conditions = [{ type: 'Ready', status: false }];
    await clock.advance(2000);
    expect(conditionsOf(await statusOf(admin, NAME))['Ready']).toBe('False Test');
  });

  it('row 1: the API is away at boot and for an hour: nothing is touched; the present status is sent later', async () => {
    const { clock, admin, network, node } = await openAgent({ isDown: true });
    await clock.advance(3_600_000);
    expect([node.fields, node.applied]).toEqual([BEFORE, 0]);
    node.conditions = [{ type: 'Ready', status: false }];
    network.isDown = false;
    await clock.advance(60_000);
    expect(conditionsOf(await statusOf(admin, NAME))['Ready']).toBe('False Test');
  });

  it('row 1: the API returns after an hour: nothing is written that the next watch would take back', async () => {
    const { clock, cluster, network, policy, admin, writes } = await openAgent();
    policy.copy = { kind: 'current', policies: 3 };
    await clock.advance(60_000);
    const before = writes();
    network.isDown = true;
    cluster.endWatches();
    await clock.advance(120_000);
    policy.copy = { kind: 'behind', policies: 3, asOf: '2026-11-30T12:00:00.000Z' };
    await clock.advance(3_600_000);
    network.isDown = false;
    // The watches of the pods open later.
    await clock.advance(50_000);
    policy.copy = { kind: 'current', policies: 3 };
    await clock.advance(600_000);
    expect(writes()).toBe(before);
    policy.copy = { kind: 'behind', policies: 3, asOf: '2026-11-30T13:00:00.000Z' };
    await clock.advance(10_000);
    expect(conditionsOf(await statusOf(admin, NAME))['PolicyEnforced']).toBe('False Behind');
  });

  it('row 1: the API goes away within a window: the node rolls itself back, and says so later', async () => {
    const { clock, admin, cluster, network, node } = await openAgent();
    node.behaviour = 'cut-off';
    await want(admin, NAME, { desiredRevision: 'mtu', confirmWithinSeconds: 60 });
    await clock.advance(2000);
    expect(node.fields).toEqual(WITH_MTU);
    network.isDown = true;
    cluster.endWatches();
    await clock.advance(70_000);
    expect(node.fields).toEqual(BEFORE);
    network.isDown = false;
    await clock.advance(60_000);
    const status = await statusOf(admin, NAME);
    expect(conditionsOf(status)).toMatchObject({
      Applied: 'False RolledBack',
      Confirmed: 'False RolledBack',
    });
    expect(node.applied).toBe(1);
  });

  it('row 1: a change that cuts the node off from the API is not confirmed, though the kernel matches', async () => {
    const { clock, admin, network, node } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu', confirmWithinSeconds: 60 });
    await clock.advance(500);
    network.isDown = true;
    await clock.advance(50_000);
    expect([node.fields, node.kept.attempt?.state]).toEqual([WITH_MTU, 'open']);
    await clock.advance(20_000);
    expect([node.fields, node.kept.attempt?.state]).toEqual([BEFORE, 'rolled-back']);
  });

  it.each([403, 404, 410, 500])(
    'row 2: HTTP %i: a revision stays, and nothing is applied twice',
    async (status) => {
      const { clock, admin, cluster, node } = await openAgent();
      await want(admin, NAME, { desiredRevision: 'mtu' });
      await clock.advance(5000);
      cluster.fault = ({ token }) => (token === 'agent' ? status : undefined);
      cluster.storage.compact();
      cluster.endWatches();
      await clock.advance(3_600_000);
      expect([node.fields, node.applied]).toEqual([WITH_MTU, 1]);
      cluster.fault = () => undefined;
      await clock.advance(60_000);
      expect([node.fields, node.applied]).toEqual([WITH_MTU, 1]);
    },
  );

  it('row 2: a missing NodeNetwork, an empty list and a missing revision change nothing', async () => {
    const { clock, admin, node } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    must(await admin.delete(NODE_NETWORKS, { name: NAME }));
    await clock.advance(600_000);
    expect([node.fields, node.applied]).toEqual([WITH_MTU, 1]);
    await want(admin, NAME, { desiredRevision: 'never-made' });
    await clock.advance(60_000);
    expect([node.fields, node.applied]).toEqual([WITH_MTU, 1]);
    expect(conditionsOf(await statusOf(admin, NAME))['Applied']).toBe('Unknown Retrying');
    await addRevision(admin, 'never-made', { networks: { azure: { bridge: { mtu: 1300 } } } });
    await clock.advance(60_000);
    expect(node.applied).toBe(2);
  });

  it.each([-1, 1])(
    'row 3: the time of day jumps by %i year: no window ends, and nothing is written',
    async (years) => {
      const { clock, day, admin, node, writes } = await openAgent();
      await clock.advance(60_000);
      const before = writes();
      day.startMs += years * 31_536_000_000;
      await clock.advance(3_600_000);
      expect(writes()).toBe(before);
      node.behaviour = 'cut-off';
      await want(admin, NAME, { desiredRevision: 'mtu', confirmWithinSeconds: 60 });
      await clock.advance(10_000);
      day.startMs += years * 31_536_000_000;
      await clock.advance(40_000);
      expect(node.fields).toEqual(WITH_MTU);
      await clock.advance(20_000);
      expect(node.fields).toEqual(BEFORE);
      expect(conditionsOf(await statusOf(admin, NAME))['Confirmed']).toBe('False RolledBack');
    },
  );

  it('row 4: a second agent and a restarted one go on with what the first one recorded', async () => {
    const { clock, admin, node, stop, start, writes } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    await stop();
    const before = writes();
    await start();
    await clock.advance(60_000);
    expect([node.applied, writes() - before]).toEqual([1, 0]);
  });

  it('row 5: a node that was made again under its name gets a status of its own', async () => {
    const { clock, admin } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    const first = await statusOf(admin, NAME);
    must(await admin.delete(NODE_NETWORKS, { name: NAME }));
    await want(admin, NAME, {});
    await clock.advance(60_000);
    const second = await statusOf(admin, NAME);
    expect(second.revision?.desired).toBeUndefined();
    const times = [first, second].map(({ conditions = [] }) => conditions[0]?.lastTransitionTime ?? '');
    expect((times[0] ?? '') < (times[1] ?? '')).toBe(true);
  });

  it('sends an event of each turn that needs attention: refused, pools that run low and out; a flood is limited', async () => {
    const { clock, admin, node } = await openAgent();
    await clock.advance(5000);
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    node.behaviour = 'refuses';
    await addRevision(admin, 'next', {});
    await want(admin, NAME, { desiredRevision: 'next' });
    node.used = 28;
    await clock.advance(5000);
    const list = async () => must(await admin.list(EVENTS)).items;
    const reasons = (await list()).map((event) => event['reason']);
    expect(reasons).toEqual(['Refused', 'PoolLow']);
    expect((await list())[1]).toMatchObject({
      type: 'Warning',
      note: expect.stringMatching(/^2 of 30 addresses/) as unknown,
      regarding: { kind: 'Node', name: NAME },
    });
    for (let turn = 0; turn < 200; turn += 1) {
      node.conditions = [{ type: 'Ready', status: turn % 2 === 1 }];
      await clock.advance(2000);
    }
    expect((await list()).length).toBeLessThan(3 + 10 + 400 / 30);
  });

  it('reports a refusal once, and tries again only when the wish changes', async () => {
    const { clock, admin, node } = await openAgent();
    node.behaviour = 'refuses';
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(600_000);
    expect(node.applied).toBe(1);
    expect(conditionsOf(await statusOf(admin, NAME))).toMatchObject({
      Applied: 'False Refused',
      Converged: 'False RevisionPending',
    });
    node.behaviour = 'fine';
    await want(admin, NAME, { desiredRevision: 'mtu', maxDisruption: 'flow-reset' });
    await clock.advance(5000);
    expect([node.applied, node.fields]).toEqual([2, WITH_MTU]);
  });

  it('withdraws an unconfirmed revision that is no longer wanted', async () => {
    const { clock, admin, node } = await openAgent();
    node.behaviour = 'cut-off';
    await want(admin, NAME, { desiredRevision: 'mtu', confirmWithinSeconds: 600 });
    await clock.advance(2000);
    expect(node.fields).toEqual(WITH_MTU);
    await addRevision(admin, 'other', {});
    await want(admin, NAME, { desiredRevision: 'other' });
    await clock.advance(5000);
    expect(node.fields).toEqual(BEFORE);
  });

  it('keeps an edit on the node through the next revision, and reports it; overwrite takes it', async () => {
    const { clock, admin, node } = await openAgent();
    await want(admin, NAME, { desiredRevision: 'mtu' });
    await clock.advance(5000);
    node.edit({ networks: { azure: { mode: 'bridge', bridge: { name: 'azure0', mtu: 1450 } } } });
    await clock.advance(20_000);
    const edited = await statusOf(admin, NAME);
    expect(conditionsOf(edited)['Converged']).toBe('False LocallyEdited');
    expect(edited.localEdits).toEqual(['networks.azure.bridge.mtu']);
    await addRevision(admin, 'next', {
      networks: { azure: { bridge: { mtu: 1300 } } },
      policy: { links: 'report' },
    });
    await want(admin, NAME, { desiredRevision: 'next' });
    await clock.advance(5000);
    expect(node.fields).toEqual({
      networks: { azure: { mode: 'bridge', bridge: { name: 'azure0', mtu: 1450 } } },
      policy: { links: 'report' },
    });
    await want(admin, NAME, { desiredRevision: 'next', overwrite: true });
    await clock.advance(5000);
    expect(node.fields).toMatchObject({ networks: { azure: { bridge: { mtu: 1300 } } } });
    expect(conditionsOf(await statusOf(admin, NAME))['Converged']).toBe('True Converged');
  });
});
