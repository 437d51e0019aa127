import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import type { NodeView } from '../../../reconciler/cli/verbs/look/compare-node.ts';
import type { NodeRecords } from '../../../reconciler/cli/verbs/look/node-records.ts';
import { showStatus } from '../../../reconciler/cli/verbs/look/overview.ts';
import type { RefusedSave } from '../../../reconciler/document/snapshot.ts';
import type { Condition } from '../../../reconciler/loop/files/status-file.ts';
import type { Tentative } from '../../../reconciler/loop/change/tentative.ts';
import { failure, ok } from '../../../reconciler/model/result.ts';
import { netnsOf } from '../../support/node.ts';
import { capture } from '../../support/output.ts';
import { convergedNode, recordsOf, statusOf } from './look-support.ts';

function ask(session: NodeView, format: 'text' | 'json' = 'text') {
  const output = capture();
  return { result: showStatus(session, format, output), ...output };
}

function condition(session: NodeView, type: Condition['type']): Condition | undefined {
  const { conditions } = JSON.parse(ask(session, 'json').out()) as { conditions: Condition[] };
  return conditions.find((one) => one.type === type);
}

const condition0 = (type: Condition['type'], more: Partial<Condition> = {}): Condition => ({
  type,
  status: true,
  reason: 'AsTold',
  message: 'as the round said',
  since: '2026-11-21T11:00:00.000Z',
  ...more,
});

describe('vnet status', () => {
  it('says whether kernel matches the document', () => {
    const node = convergedNode([0, 1]);
    const ready = ask(node.session);
    expect(ready.result).toEqual(ok(EXIT.done));
    expect(condition(node.session, 'Ready')).toMatchObject({ status: true });
    expect(ready.out()).toMatch(
      /generation 7 {3}converged 7 {3}endpoints of this boot {3}last round 1m ago, of generation 7/,
    );
    expect(ready.out()).toMatch(/azure\s+bridge\s+eth0\s+azure0\s+2\s+ipv4\s+2\s+28/);
    node.session.kernel.removeNamespace(netnsOf(1));
    const drifted = ask(node.session);
    expect(drifted.result).toEqual(ok(EXIT.done));
    expect(drifted.out()).toMatch(/default\/web-1 .* dead/);
  });

  it('without a document says who writes it', () => {
    const node = convergedNode([]);
    node.session.store.replace(undefined);
    expect(ask(node.session)).toMatchObject({ result: ok(EXIT.done) });
    expect(ask(node.session, 'json').out()).toBe('null');
  });

  it('distinguishes drift, pending changes and accepted drift', () => {
    const node = convergedNode([0]);
    node.breakObject('link azure0', { mtuBytes: 1400 });
    expect(condition(node.session, 'Ready')).toMatchObject({ status: false, reason: 'Drifted' });
    expect(condition(node.session, 'Drifted')).toMatchObject({ status: true, reason: 'Drifted' });
    expect(ask(node.session).out()).toContain('! link azure0  differs (drift)');
  });

  it('shows a failing object with its attempts', () => {
    const key = 'neighbour 10.240.0.36 dev azure0';
    const failing = {
      key,
      state: 'error',
      reason: 'ENETDOWN',
      attempts: 4,
      since: '2026-11-21T11:59:00.000Z',
    } as const;
    const objects = [{ ...failing, nextTry: '2026-11-21T12:00:06.000Z' }];
    const node = convergedNode([0], recordsOf({ status: () => statusOf(7, { objects }) }));
    node.breakObject(key);
    expect(ask(node.session).out()).toMatch(/ENETDOWN \(.*\b4\b.*\b6s\)/);
  });

  it('takes from the last round what cannot be seen: which repairs fail, and which are reverted', () => {
    const conditions = (['Contended', 'Degraded'] as const).map((type) => condition0(type));
    const [address, link] = ['neighbour 10.240.0.36 dev azure0', 'link azure0'];
    const known = { reason: 'ENETDOWN', attempts: 4, since: '2026-11-21T11:59:00.000Z' };
    const objects = [
      { ...known, key: address, state: 'error' as const },
      { ...known, key: link, state: 'contended' as const },
    ];
    const node = convergedNode([0], recordsOf({ status: () => statusOf(7, { conditions, objects }) }));
    node.breakObject(address);
    expect(condition(node.session, 'Degraded')).toMatchObject({ status: true, reason: 'RepairFailing' });
    expect(condition(node.session, 'Contended')).toMatchObject({ status: true, reason: 'RepairsReverted' });
    expect(ask(node.session).out()).toMatch(/Degraded +True +RepairFailing +1h +repair of neighbour 10/);
  });

  it('takes pauses as they are now', () => {
    const time = '2026-11-21T11:00:00.000Z';
    const pause = { object: 'link azure0', until: '2026-11-21T13:00:00.000Z', who: 'ana', time };
    const node = convergedNode([0], recordsOf({ pauses: () => [pause] }));
    node.breakObject('link azure0', { mtuBytes: 1400 });
    expect(condition(node.session, 'Paused')).toMatchObject({
      status: true,
      message: expect.stringContaining('1 pause;'),
    });
    expect(condition(node.session, 'Ready')).toMatchObject({ status: false, reason: 'Paused' });
    expect(ask(node.session).out()).toContain('vnet drift');
  });

  it('shows the present kernel where it differs from the last round', () => {
    const conditions = [condition0('Ready', { status: false }), condition0('Drifted', { status: false })];
    const { session } = convergedNode([], recordsOf({ status: () => statusOf(7, { conditions }) }));
    expect(condition(session, 'Ready')).toMatchObject({ status: true, since: '2026-11-21T12:00:00.000Z' });
    expect(condition(session, 'Drifted')).toMatchObject({ status: false, since: '2026-11-21T11:00:00.000Z' });
  });

  it('shows a hand edit that is not in force, with its place', () => {
    const node = convergedNode([0]);
    const refused: RefusedSave = {
      file: '/var/lib/vnet/vnet.yaml.refused',
      time: '2026-11-21T11:30:00.000Z',
      base: 6,
      issues: [
        {
          kind: 'issue',
          code: 'x',
          file: 'vnet.yaml',
          path: 'a',
          line: 12,
          column: 5,
          message: 'no such key mtuu',
        },
      ],
      conflicts: [],
    };
    const read = node.session.store.read();
    const store = {
      read: () => (read.ok && read.value !== undefined ? ok({ ...read.value, refused }) : read),
    };
    const session = { ...node.session, store };
    expect(ask(session).out()).toContain('/var/lib/vnet/vnet.yaml.refused:12:5: no such key mtuu');
    expect(condition(session, 'EditRefused')).toMatchObject({
      status: true,
      reason: 'Invalid',
      since: refused.time,
    });
  });

  it('shows an open confirm window, and how to end it', () => {
    const tentative: Tentative = {
      format: 'vnet.tentative/1',
      id: 8,
      state: 'open',
      started: '2026-11-21T11:59:00.000Z',
      author: { who: 'vnet apply' },
      bootId: 'x',
      window: { lengthMs: 120_000, deadline: '2026-11-21T12:01:00.000Z', deadlineUptimeMs: 0 },
      back: { generation: 7, text: '', networks: {} },
      made: {},
      wayBack: [],
      known: [],
    };
    const recorded: NodeRecords = recordsOf({ tentative: () => ok(tentative) });
    expect(ask(convergedNode([], recorded).session).out()).toMatch(
      /Tentative +True +AwaitsConfirmation +1m +.*until 2026-11-21T12:01:00\.000Z.*vnet confirm 8.*vnet revert 8/,
    );
  });

  it('shows the document if the kernel cannot be read, and exits 1', () => {
    const node = convergedNode([0]);
    const kernel = {
      ...node.session.kernel,
      observe: () => ({ ok: false, error: failure('io', 'observe', 'no kernel') }) as const,
    };
    const seen = ask({ ...node.session, kernel });
    expect(seen.result).toEqual(ok(EXIT.error));
    expect(seen.out()).toContain('Unknown');
    expect(seen.err()).toContain('no kernel');
  });
});
