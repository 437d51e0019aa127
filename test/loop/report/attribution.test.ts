import { describe, expect, it } from 'vitest';
import {
  attribute,
  type AnnouncedChange,
  evidenceOf,
  addEvidence,
  type Process,
  renderAttribution,
} from '../../../reconciler/loop/report/attribution.ts';
import { renderRemedy } from '../../../reconciler/loop/report/remedy.ts';
import { SOME_POD } from '../../../reconciler/model/ports/monitor.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import type { Step } from '../../../reconciler/plan/step.ts';
import { hostRoute } from '../../support/objects.ts';

const NEIGHBOUR: NetObject = {
  kind: 'neighbour',
  netns: '',
  dev: 'azure0',
  address: '10.240.0.36',
  mac: '0a:00:00:00:00:01',
};
const ROUTE: NetObject = hostRoute('default', 'azure0');
const BRIDGE: NetObject = { kind: 'link', netns: '', name: 'azure0', type: 'bridge', up: false };
const ELEMENT: NetObject = { kind: 'nft-element', netns: '', table: 'vnet', set: 'pods', key: '10.240.0.36' };

function createOf(want: NetObject): Pick<Step, 'key' | 'change'> {
  return { key: keyOf(want), change: { verb: 'create', want } };
}

function heard(object: NetObject, more: Partial<AnnouncedChange> = {}): AnnouncedChange {
  const base = {
    key: keyOf(object),
    object,
    verb: 'gone' as const,
    atMs: 100,
    time: '2026-11-21T14:01:07.000Z',
  };
  return { ...base, portId: 0, isNamed: false, ...more };
}

describe('an attribution', () => {
  it.each<[string, NetObject, readonly AnnouncedChange[], readonly string[]]>([
    [
      'a process that is still there',
      NEIGHBOUR,
      [heard(NEIGHBOUR, { portId: 811, process: { pid: 811, name: 'systemd-networkd' } })],
      ['likely', 'deleted 14:01:07, likely pid 811 systemd-networkd'],
    ],
    [
      'a process that has gone meanwhile',
      NEIGHBOUR,
      [heard(NEIGHBOUR, { portId: 4711 })],
      ['unknown', 'deleted 14:01:07, unknown (short-lived pid 4711)'],
    ],
    [
      'a further socket of a process',
      NEIGHBOUR,
      [heard(NEIGHBOUR, { portId: 0xf000_0001 })],
      ['unknown', 'deleted 14:01:07, unknown (an additional socket of a process, port 4026531841)'],
    ],
    [
      'a process that the kernel names',
      ELEMENT,
      [heard(ELEMENT, { portId: 9, process: { pid: 9, name: 'nft' }, isNamed: true })],
      ['certain', 'deleted 14:01:07, pid 9 nft'],
    ],
    [
      'what goes with its link, though nothing was said of it',
      ROUTE,
      [heard(BRIDGE, { verb: 'set' })],
      ['likely', 'missing, cascade of link azure0 going down'],
    ],
    [
      'what goes with its link, and was said to',
      NEIGHBOUR,
      [heard(BRIDGE, { verb: 'gone' }), heard(NEIGHBOUR, { atMs: 101 })],
      ['likely', 'deleted 14:01:07, cascade of link azure0 removed'],
    ],
    [
      'elements that go with their table',
      ELEMENT,
      [
        heard(
          { kind: 'nft-table', netns: '', family: 'bridge', name: 'vnet', rules: [] },
          { process: { pid: 9, name: 'nft' } },
        ),
      ],
      ['likely', 'missing, cascade of nft-table bridge vnet deleted by nft (pid 9)'],
    ],
    [
      'a link',
      BRIDGE,
      [heard(BRIDGE, { verb: 'set' })],
      ['unknown', 'changed 14:01:07, unknown (the kernel does not report who changed a link)'],
    ],
    [
      'without evidence',
      NEIGHBOUR,
      [],
      ['unknown', 'missing, unknown (found by a scan, without a notification)'],
    ],
  ])('names %s, with its confidence', (_what, object, evidence, said) => {
    const found = attribute(createOf(object), evidence);
    expect([found.confidence, renderAttribution(found)]).toEqual(said);
  });

  it('names the user of a tool, with a remedy for that program', () => {
    const process = { pid: 12, name: 'ip', parent: { pid: 9, name: 'systemd-networkd' } };
    const found = attribute(createOf(NEIGHBOUR), [heard(NEIGHBOUR, { portId: 12, process })]);
    expect(found.by).toBe('likely pid 12 ip (run by pid 9 systemd-networkd)');
    expect(renderRemedy(found, { bridges: ['azure0'] })).toContain('ManageForeignRoutes=no');
    const alone = attribute(createOf(NEIGHBOUR), [
      heard(NEIGHBOUR, { portId: 12, process: { pid: 12, name: 'ip' } }),
    ]);
    expect(renderRemedy(alone, { bridges: ['azure0'] })).toContain('bpftrace');
    const other = attribute(createOf(NEIGHBOUR), [
      heard(NEIGHBOUR, { portId: 7, process: { pid: 7, name: 'keeper' } }),
    ]);
    expect(renderRemedy(other, { bridges: ['azure0'] })).toContain('systemctl status 7');
  });

  it('uses the announcement that names a process, if the kernel announces its own part too', () => {
    const evidence = [
      heard(NEIGHBOUR, { portId: 811, process: { pid: 811, name: 'dhcpcd' } }),
      heard(NEIGHBOUR, { atMs: 101 }),
    ];
    expect(attribute(createOf(NEIGHBOUR), evidence).process?.name).toBe('dhcpcd');
  });

  it('identifies the routes of a pod by their fields, since the evidence names no pod', () => {
    const route: NetObject = { ...ROUTE, netns: '/run/netns/pod', dev: 'eth0' };
    const evidence = [heard({ ...ROUTE, netns: SOME_POD, dev: '' }, { portId: 12 })];
    expect(attribute(createOf(route), evidence).by).toBe('unknown (short-lived pid 12)');
  });
});

describe('evidence', () => {
  it("looks up the process at once, unless the kernel has named it, or the number is not a process's", () => {
    const asked: number[] = [];
    const look = (pid: number): Process => {
      asked.push(pid);
      return { pid, name: 'ip' };
    };
    const moment = { atMs: 1, time: '2026-11-21T14:01:07.000Z' };
    const notice = { verb: 'gone', object: NEIGHBOUR } as const;
    expect(evidenceOf({ ...notice, portId: 42 }, moment, look).process).toEqual({ pid: 42, name: 'ip' });
    const named = { ...notice, portId: 43, process: { pid: 7, name: 'nft' } };
    expect(evidenceOf(named, moment, look)).toMatchObject({
      process: { pid: 7, name: 'nft' },
      isNamed: true,
    });
    expect(evidenceOf({ ...notice, portId: 0 }, moment, look).process).toBeUndefined();
    expect(evidenceOf({ ...notice, portId: 0xf000_0001 }, moment, look).process).toBeUndefined();
    expect(asked).toEqual([42, 7]);
  });

  it('is bounded: the oldest is forgotten', () => {
    let known: readonly AnnouncedChange[] = [];
    for (let index = 0; index < 5000; index += 1)
      known = addEvidence(known, heard(NEIGHBOUR, { atMs: index }));
    expect(known.length).toBeLessThanOrEqual(1000);
    expect(known.at(-1)?.atMs).toBe(4999);
  });
});
