import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { explain } from '../../../reconciler/cli/verbs/explain/run-explain.ts';
import type { NodeRecords } from '../../../reconciler/cli/verbs/look/node-records.ts';
import type { HistoryRecord } from '../../../reconciler/document/snapshot.ts';
import { hostMac } from '../../../reconciler/model/names.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { containerOf, endpointOf, idOf, netnsOf } from '../../support/node.ts';
import { capture } from '../../support/output.ts';
import { convergedNode, type LookNode, recordsOf } from './look-support.ts';

function ask({ session }: LookNode, subject: string, format: 'text' | 'json' = 'text') {
  const output = capture();
  return { result: explain(session, subject, format, output), ...output };
}

const VETH = endpointOf(1).hostVeth ?? '';
const MAC = endpointOf(1).mac ?? '';

describe('vnet explain', () => {
  const node = convergedNode([0, 1]);

  it.each([
    'web-1',
    'default/web-1',
    containerOf(1),
    VETH,
    MAC,
    MAC.toUpperCase(),
    hostMac(MAC),
    '10.240.0.37',
    '10.240.0.37/16',
    netnsOf(1),
    'pod-1',
    idOf(1),
  ])('finds the endpoint by %s', (subject) => {
    const seen = ask(node, subject, 'json');
    expect(seen.result).toEqual(ok(EXIT.done));
    expect(JSON.parse(seen.out())).toMatchObject({
      id: idOf(1),
      chain: { veth: { name: VETH, master: 'azure0' } },
    });
  });

  it('lists the candidates of a name that several have, and exits 64', () => {
    const seen = ask(node, 'c0000');
    expect(seen.result).toEqual(ok(EXIT.usage));
    expect(seen.out()).toContain(idOf(0));
    expect(seen.out()).toContain(idOf(1));
    expect(seen.err()).not.toBe('');
  });

  it('names the nearest endpoints for an unknown name; three letters of a container ID are too few', () => {
    expect(ask(node, 'default/wbe-1').result).toMatchObject({
      ok: false,
      error: { code: 'not-found', hint: 'did you mean default/web-1?' },
    });
    expect(ask(node, 'c00').result).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('shows the chain, and want and have of everything that is the endpoint s', () => {
    const seen = ask(node, 'web-1');
    expect(seen.out()).toMatch(/chain +pod eth0 -> netns \/run\/netns\/pod-1 \(inode \d+\) -> veth azv/);
    expect(seen.out()).toMatch(/-> port of bridge azure0 \(alias vnet:azure\) -> uplink eth0$/m);
    const { items } = JSON.parse(ask(node, 'web-1', 'json').out()) as {
      items: { item: string; state: string }[];
    };
    expect(items.map(({ item }) => item)).toEqual([
      'eth0 in the pod state',
      'eth0 in the pod lladdr',
      'eth0 in the pod mtu',
      'address in the pod',
      'route default in the pod',
      `${VETH} state`,
      `${VETH} lladdr`,
      `${VETH} mtu`,
      `${VETH} master`,
      `${VETH} port`,
      `fdb on ${VETH}`,
      'neighbour 10.240.0.37 on azure0',
      'nft pods',
      'nft port_ips',
      'nft port_macs',
      'nft port_sources',
      'nft ports',
    ]);
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['ok']));
  });

  it.each([
    [
      'neighbour 10.240.0.37 dev azure0',
      undefined,
      /neighbour 10\.240\.0\.37 on azure0 +0a:\S+ +- +missing \(drift\)/,
    ],
    [`fdb ${MAC} dev ${VETH}`, undefined, /fdb on azv\S+ +0a:\S+ +- +missing \(drift\)/],
    ['nft-element pods 10.240.0.37', undefined, /nft pods +10\.240\.0\.37 : \S+ +- +missing \(drift\)/],
    [
      `route default netns ${netnsOf(1)}`,
      undefined,
      /route default in the pod +via 10\.240\.0\.1 dev eth0 +- +missing \(drift\)/,
    ],
    [
      `address 10.240.0.37/16 dev eth0 netns ${netnsOf(1)}`,
      undefined,
      /address in the pod +10\.240\.0\.37\/16 +- +missing \(drift\)/,
    ],
    [`link ${VETH}`, { mtuBytes: 1400 }, /azv\S+ mtu +1500 +1400 +differs \(drift\)/],
    [`link ${VETH}`, { master: '' }, /NOT a port of bridge azure0/],
    [`link ${VETH}`, { port: { hairpin: false } }, /azv\S+ port +hairpin on +hairpin off +differs \(drift\)/],
    ['link azure0', { mtuBytes: 1400 }, /azure0 mtu +1500 +1400 +differs \(drift\)/],
  ])('shows %s broken as %s', (key, to, line) => {
    const broken = convergedNode([0, 1]);
    broken.breakObject(key, to);
    expect(ask(broken, 'web-1').out()).toMatch(line);
    if (key !== 'link azure0') expect(ask(broken, 'web-0').out()).not.toMatch(/drift/);
  });

  it('does not report changes by a chained plugin in the pod as drift', () => {
    const chained = convergedNode([0]);
    chained.breakObject(`link eth0 netns ${netnsOf(0)}`, { mtuBytes: 1300 });
    expect(ask(chained, 'web-0').out()).toMatch(
      /eth0 in the pod mtu +1500 +1300 +changed inside the pod; left alone/,
    );
  });
});

describe('vnet explain and the past', () => {
  const gone = endpointOf(5, {
    pod: 'default/old',
    addresses: ['10.240.0.36/16'],
    added: '2026-11-20T10:00:00.000Z',
  });
  const record = (
    generation: number,
    time: string,
    change: HistoryRecord['changes'][number],
  ): HistoryRecord => ({
    generation,
    time,
    author: { who: 'azure-vnet ADD' },
    changes: [change],
  });
  const records = [
    record(2, '2026-11-20T10:00:00.000Z', { path: `endpoints.${idOf(5)}`, after: gone }),
    record(5, '2026-11-20T12:00:00.000Z', { path: `endpoints.${idOf(5)}`, before: gone }),
    record(6, '2026-11-21T10:00:00.000Z', { path: `endpoints.${idOf(0)}`, after: endpointOf(0) }),
  ];
  const recorded: NodeRecords = recordsOf({
    history: { records: () => ok(records), at: () => ok(undefined) },
    events: () => [
      {
        time: '2026-11-21T11:00:00.000Z',
        type: 'Drift',
        key: 'neighbour 10.240.0.36 dev azure0',
        message: 'deleted',
      },
      {
        time: '2026-11-21T11:00:01.000Z',
        type: 'Repaired',
        key: 'neighbour 10.240.0.99 dev azure0',
        message: 'made',
      },
    ],
  });
  const node = convergedNode([0], recorded);

  it('lists the events in order, from history and events', () => {
    const { timeline } = JSON.parse(ask(node, 'web-0', 'json').out()) as { timeline: { what: string }[] };
    expect(timeline.map(({ what }) => what)).toEqual([
      'added by azure-vnet ADD, generation 6',
      'Drift neighbour 10.240.0.36 dev azure0 deleted',
    ]);
  });

  it('names the previous holder of the address', () => {
    expect(ask(node, '10.240.0.36').out()).toMatch(
      /10\.240\.0\.36\/16 {2}default\/old {2}2026-11-20T10:00:00\.000Z until 2026-11-20T12:00:00\.000Z/,
    );
  });

  it('explains an endpoint that is gone', () => {
    const seen = ask(node, 'default/old');
    expect(seen.result).toEqual(ok(EXIT.done));
    expect(seen.out()).toContain('until 2026-11-20T12:00:00.000Z: ');
    expect(seen.out()).toContain('azure-vnet ADD, generation 5');
    expect(seen.out()).not.toContain('WANT');
  });
});
