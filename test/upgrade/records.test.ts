import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { refreshPool } from '../../reconciler/fabric/pool-source.ts';
import { createImportRecords } from '../../reconciler/loop/files/import-record.ts';
import type { LinkObject } from '../../reconciler/model/state.ts';
import { startEndpoint } from '../fabric/endpoint-server.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { must } from '../support/must.ts';
import { netnsOf } from '../support/node.ts';
import { CONF } from './record/stage.ts';
import { BUILDS, type OldNode, readFixture, restoreNode } from './restore.ts';

const isBuilt = existsSync(join(SIMULATED_BIN, 'vnet'));

type Status = {
  readonly conditions: readonly { readonly type: string; readonly status: boolean; readonly since: string }[];
};

describe.skipIf(!isBuilt).each(BUILDS)('what build %s kept beside the document', (build) => {
  let node: OldNode;
  afterEach(() => node.remove());

  const change = (link: Pick<LinkObject, 'name' | 'type'>, field: Partial<LinkObject>): void => {
    const have = { kind: 'link', netns: '', ...link } as const;
    const fields = Object.keys(field) as (keyof LinkObject)[];
    node.kernel.play((kernel) =>
      kernel.tamper({ verb: 'update', have, want: { ...have, ...field }, fields }),
    );
  };
  const isPending = (): boolean => node.vnet('reconcile', '--dry-run').code === 2;
  const statusNow = (): Status => JSON.parse(node.vnet('status', '-o', 'json').stdout);

  it('pauses: a paused object is not repaired until the pause ends', () => {
    node = restoreNode(build, 'lived');
    change({ name: 'azvb7a2f6b6eda', type: 'veth' }, { up: false });
    change({ name: 'azv49407503e2f', type: 'veth' }, { up: false });
    expect(node.vnet('reconcile', '--max-disruption', 'node-outage').code).toBe(5);
    const left = node.vnet('reconcile', '--dry-run', '-o', 'json').stdout;
    expect([left.includes('azvb7a2f6b6eda'), left.includes('azv49407503e2f')]).toEqual([true, false]);
    expect(node.vnet('resume').code).toBe(0);
    expect(node.vnet('reconcile', '--max-disruption', 'node-outage').code).toBe(0);
    expect(isPending()).toBe(false);
  });

  it('the baseline: accepted drift, and no other, is not repaired until it is forgotten', () => {
    node = restoreNode(build, 'lived');
    expect(node.vnet('resume').code).toBe(0);
    change({ name: 'azure0', type: 'bridge' }, { mtuBytes: 1300 });
    expect(isPending()).toBe(false);
    change({ name: 'azure0', type: 'bridge' }, { mtuBytes: 1350 });
    expect(isPending()).toBe(true);
    change({ name: 'azure0', type: 'bridge' }, { mtuBytes: 1300 });
    expect(node.vnet('drift', '--forget', 'link azure0').code).toBe(0);
    expect(isPending()).toBe(true);
  });

  it('the status: the findings of the last round, and since when', () => {
    node = restoreNode(build, 'lived');
    const kept = JSON.parse(node.read('run/vnet/status.json')) as Status;
    const since = ({ conditions }: Status): string | undefined =>
      conditions.find(({ type }) => type === 'Paused')?.since;
    expect(since(kept)).toBeDefined();
    expect(node.vnet('reconcile').code).toBe(0);
    expect(since(statusNow())).toBe(since(kept));
  });

  it('the events, which go on', () => {
    node = restoreNode(build, 'lived');
    const kept = readFixture(build, 'lived/node/run/vnet/events.jsonl').trimEnd().split('\n');
    expect(kept).toHaveLength(5);
    change({ name: 'azv49407503e2f', type: 'veth' }, { up: false });
    node.vnet('reconcile', '--max-disruption', 'node-outage');
    const listed = node.vnet('events', '-o', 'jsonl').stdout.trimEnd().split('\n');
    const typesOf = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(typesOf(listed.slice(0, kept.length))).toEqual(typesOf(kept));
    expect(typesOf(listed)).toContain('Repaired');
    expect(listed.length).toBeGreaterThan(kept.length);
  });

  it('results of `vnet cni add`: CHECK and DEL are given them', () => {
    node = restoreNode(build, 'lived');
    const conflist = { cniVersion: '1.0.0', name: 'azure', plugins: [CONF] };
    node.write('azure.conflist', JSON.stringify(conflist));
    const cni = (verb: string) =>
      node.vnet('cni', verb, node.path('azure.conflist'), netnsOf(8), '--cni-path', SIMULATED_BIN);
    const checked = cni('check');
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('10.240.0.44/16')]);
    expect(cni('del').code).toBe(0);
    expect(readdirSync(node.path('run/vnet/cni/results'))).toEqual([]);
    expect(node.read()).not.toContain('pod-8');
  });

  it('the record of an import, with the rules that it took away', () => {
    node = restoreNode(build, 'imported', 'booted');
    const record = must(createImportRecords(createSys(), node.path('var/lib/vnet')).read());
    expect(record).toMatchObject({ phase: 'done', kept: [] });
    expect(record?.endpoints).toHaveLength(3);
    expect(record?.rules).toHaveLength(9);
    expect(record?.rules[0]).toMatch(/^ebtables -t nat -A POSTROUTING -s Unicast -o eth0 /);
  });

  it('the recent answer of the host endpoint: it is used, or queried again, once', async () => {
    node = restoreNode(build, 'asked', 'booted');
    const endpoint = await startEndpoint();
    const record = 'run/vnet/pool-azure.json';
    node.write(record, node.read(record).replace('http://127.0.0.1:16863', endpoint.url));
    const request = {
      sys: createSys(),
      runDirectory: node.path('run/vnet'),
      network: 'azure',
      url: endpoint.url,
      now: new Date(),
    };
    const pool = must(await refreshPool({ ...request, need: 'first' }));
    const again = must(await refreshPool({ ...request, need: 'routine' }));
    await endpoint.close();
    expect(pool?.ipv4).toEqual({
      source: 'azure',
      subnet: '10.240.0.0/16',
      gateway: '10.240.0.1',
      addresses: ['10.240.0.36-10.240.0.65'],
      url: endpoint.url,
    });
    expect([again, endpoint.asked.length <= 1]).toEqual([undefined, true]);
  });
});
