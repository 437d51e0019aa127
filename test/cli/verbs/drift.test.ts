import { describe, expect, it } from 'vitest';
import { drift, type DriftChoice } from '../../../reconciler/cli/verbs/look/drift-report.ts';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { preview, reconcile } from '../../../reconciler/cli/verbs/change/round-report.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { documentOf, endpointOf, idOf, NETWORK } from '../../support/node.ts';
import { capture } from '../../support/output.ts';
import { convergedNode, type LookNode, recordsOf, statusOf } from './look-support.ts';

const ASKED: DriftChoice = {
  accept: undefined,
  forget: undefined,
  forMs: 86_400_000,
  why: undefined,
  format: 'text',
};

const NEIGHBOUR = 'neighbour 10.240.0.36 dev azure0';
const ROUTE = 'route 168.63.129.16/32 metric 100';

function ask({ session, writer }: LookNode, choice: Partial<DriftChoice> = {}) {
  const output = capture();
  const result = drift(session, writer, { ...ASKED, ...choice }, output);
  return { result, ...output };
}

describe('vnet drift', () => {
  it('exits 0 without drift, 2 with drift, and shows want and have', () => {
    const node = convergedNode([0]);
    expect(ask(node).result).toEqual(ok(EXIT.done));
    node.breakObject('link azure0', { mtuBytes: 1400 });
    node.breakObject(NEIGHBOUR);
    const seen = ask(node);
    expect(seen.result).toEqual(ok(EXIT.differences));
    expect(seen.out()).toMatch(/changed {2}link azure0[^\n]*\n +mtu +want 1500 +have 1400/);
    expect(seen.out()).toMatch(/missing {2}neighbour 10\.240\.0\.36 dev azure0 +default\/web-0\n/);
    expect(seen.out()).toMatch(/\b2 .*\b0 /);
    const json: unknown = JSON.parse(ask(node, { format: 'json' }).out());
    expect(json).toMatchObject({
      format: 'vnet.drift/1',
      drift: [
        { key: 'link azure0', want: { mtuBytes: 1500 }, have: { mtuBytes: 1400 } },
        { key: NEIGHBOUR, have: null },
      ],
    });
  });

  it('holds no lock, and changes neither document nor kernel', () => {
    const node = convergedNode([0]);
    node.breakObject(NEIGHBOUR);
    const [kernel, writes] = [node.session.kernel.dump(), node.session.store.writes()];
    const rounds = {
      hold: () => {
        throw new Error('drift must not lock');
      },
    };
    expect(ask({ ...node, session: { ...node.session, rounds } }).result).toEqual(ok(EXIT.differences));
    expect([node.session.kernel.dump(), node.session.store.writes()]).toEqual([kernel, writes]);
  });

  it('omits pending changes: the document was changed after the last round', () => {
    const then = documentOf([0]);
    const history = {
      records: () => ok([]),
      at: (generation: number) => ok(generation === 7 ? { text: '', document: then } : undefined),
    };
    const node = convergedNode([0], recordsOf({ history }));
    const now = documentOf([0], { ...NETWORK, bridge: { name: 'azure0', mtu: 1400 } });
    node.session.store.replace({ ...now, metadata: { ...now.metadata, generation: 8 } });
    const pending = ask(node);
    expect(pending.result).toEqual(ok(EXIT.done));
    expect(pending.out()).toContain('more pending');
    node.breakObject(NEIGHBOUR);
    const both = ask(node, { format: 'json' });
    expect(both.result).toEqual(ok(EXIT.differences));
    const { drift: drifted, pending: later } = JSON.parse(both.out()) as {
      drift: { key: string }[];
      pending: string[];
    };
    expect(drifted.map(({ key }) => key)).toEqual([NEIGHBOUR]);
    expect(later).toContain('link azure0');
    const plan = capture();
    preview(node.session, { limit: 'hitless' }, 'text', plan);
    expect(plan.out()).toMatch(/link azure0 .*cause: pending/);
    expect(plan.out()).toMatch(/neighbour 10\.240\.0\.36 dev azure0 .*cause: drift/);
  });

  it('an endpoint newer than the last round is complete after its ADD, and pending during it', () => {
    const history = { records: () => ok([]), at: () => ok({ text: '', document: documentOf([0]) }) };
    for (const [isAttaching, exit] of [
      [false, EXIT.differences],
      [true, EXIT.done],
    ] as const) {
      const node = convergedNode(
        [0, 1],
        recordsOf({ status: () => statusOf(6), history, isAttaching: () => isAttaching }),
      );
      const added = { ...endpointOf(1), added: '2026-11-21T11:59:50.000Z' };
      const document = documentOf([0, 1]);
      node.session.store.replace({ ...document, endpoints: { ...document.endpoints, [idOf(1)]: added } });
      node.breakObject('neighbour 10.240.0.37 dev azure0');
      expect([isAttaching, ask(node).result]).toEqual([isAttaching, ok(exit)]);
    }
  });

  it('reports that it cannot distinguish the two, and counts everything', () => {
    const node = convergedNode([0], recordsOf({ status: () => undefined }));
    node.breakObject(NEIGHBOUR);
    const seen = ask(node);
    expect(seen.result).toEqual(ok(EXIT.differences));
    expect(seen.out()).toContain(NEIGHBOUR);
  });

  it('lists foreign objects on our bridge, which are no drift', () => {
    const node = convergedNode([]);
    const want = {
      kind: 'neighbour',
      netns: '',
      dev: 'azure0',
      address: '10.240.7.7',
      mac: '02:00:00:00:00:07',
    } as const;
    expect(node.session.kernel.tamper({ verb: 'create', want }).ok).toBe(true);
    const seen = ask(node);
    expect(seen.result).toEqual(ok(EXIT.done));
    expect(seen.out()).toMatch(/foreign {2}neighbour 10\.240\.7\.7 dev azure0 /);
  });
});

describe('accepted drift', () => {
  const clock = () => ({ now: new Date('2026-11-21T12:00:00.000Z') });

  it('is shown as accepted, counts as no difference, and is not repaired by a round until it expires', () => {
    const time = clock();
    const node = convergedNode([0], recordsOf(), time);
    node.breakObject(NEIGHBOUR);
    node.breakObject(ROUTE);
    const accepted = ask(node, { accept: [ROUTE], why: 'host route is elsewhere' });
    expect(accepted.result).toEqual(ok(EXIT.done));
    expect(accepted.out()).toContain(`vnet drift --forget '${ROUTE}'`);
    expect(node.baseline().accepted).toMatchObject([
      {
        key: ROUTE,
        until: '2026-11-22T12:00:00.000Z',
        who: 'vnet drift (ana)',
        why: 'host route is elsewhere',
      },
    ]);
    const seen = ask(node);
    expect(seen.result).toEqual(ok(EXIT.differences));
    expect(seen.out()).toMatch(/\b1 .*\b1 /);
    expect(seen.out()).toMatch(/accepted until .* by vnet drift \(ana\): host route is elsewhere/);

    const repaired = capture();
    expect(reconcile(node.session, { limit: 'hitless' }, 'text', repaired)).toEqual(ok(EXIT.done));
    expect(repaired.out()).toContain(`accepted    ${ROUTE}`);
    expect(ask(node).result).toEqual(ok(EXIT.done));
    expect(preview(node.session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));

    time.now = new Date('2026-11-22T12:00:00.000Z');
    expect(ask(node).result).toEqual(ok(EXIT.differences));
    const round = runRound(node.session, { limit: 'hitless' });
    expect(round.ok && round.value?.outcomes.map(({ step }) => step.key)).toEqual([ROUTE]);
    expect(ask(node).result).toEqual(ok(EXIT.done));
  });

  it('is repaired again when it is forgotten, or changes further', () => {
    const node = convergedNode([0]);
    node.breakObject('link azure0', { mtuBytes: 1400 });
    expect(ask(node, { accept: [] }).result).toEqual(ok(EXIT.done));
    expect(ask(node).result).toEqual(ok(EXIT.done));
    node.breakObject('link azure0', { mtuBytes: 1300 });
    expect(ask(node).result).toEqual(ok(EXIT.differences));
    node.breakObject('link azure0', { mtuBytes: 1400 });
    expect(ask(node).result).toEqual(ok(EXIT.done));
    expect(ask(node, { forget: ['link azure0'] }).result).toEqual(ok(EXIT.done));
    expect(reconcile(node.session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
    expect(ask(node).result).toEqual(ok(EXIT.done));
    expect(node.baseline().accepted).toEqual([]);
  });

  it('refuses what has not drifted or was not accepted, names what could be meant, and writes nothing', () => {
    const node = convergedNode([0]);
    node.breakObject(NEIGHBOUR);
    expect(ask(node, { accept: ['link azure0'] }).result).toMatchObject({
      ok: false,
      error: { code: 'not-found', hint: expect.stringContaining(NEIGHBOUR) },
    });
    expect(ask(node, { forget: [NEIGHBOUR] }).result).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
    expect(node.baseline().accepted).toEqual([]);
  });
});
