import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../reconciler/app/exit-codes.ts';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

/** The neighbour of the first pod, by its name in status. */
const NEIGHBOUR = 'neighbour 10.240.0.36 dev azure0';

describe.skipIf(!hasLiveNodes)('vnet watch as a process', () => {
  let node: LiveNode;
  let watch: LiveWatch;

  beforeEach(async () => {
    node = makeLiveNode();
    await node.call({ verb: 'ADD', pod: node.addPod() });
    watch = await startWatch(node);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const documentPath = (): string => join(node.root, 'var/lib/vnet/vnet.yaml');
  const mtuOf = (name: string): string =>
    /mtu (\d+)/.exec(node.netns.mustExec(['ip', 'link', 'show', name]).stdout)?.[1] ?? '';
  const hasNeighbour = (): boolean =>
    node.netns.mustExec(['ip', 'neigh', 'show', '10.240.0.36']).stdout.includes('PERMANENT');
  const breakNeighbour = (): void =>
    void node.netns.mustExec('ip neigh del 10.240.0.36 dev azure0'.split(' '));

  it.each<[string, (path: string, text: string) => void]>([
    ['writes in place', (path, text) => writeFileSync(path, text)],
    [
      'writes another file and renames it over',
      (path, text) => {
        writeFileSync(`${path}.swp`, text);
        renameSync(`${path}.swp`, path);
      },
    ],
    [
      'renames the old one away and writes a new one',
      (path, text) => {
        renameSync(path, `${path}~`);
        writeFileSync(path, text);
      },
    ],
  ])('immediately applies a save by an editor that %s', async (_habit, save) => {
    for (const mtu of ['1400', '1450']) {
      const text = readFileSync(documentPath(), 'utf8');
      const line = `name: azure0\n      mtu: ${mtu}\n`;
      save(documentPath(), text.replace(/name: azure0\n( +mtu: \d+\n)?/, line));
      await watch.until(`waited for an MTU of ${mtu}`, () => mtuOf('azure0') === mtu);
    }
    // The event follows the change.
    await watch.until('waited for it to be said', () => watch.events.some(({ type }) => type === 'Applied'));
    expect(watch.events.map(({ type }) => type)).toContain('Applied');
  });

  it('lets ADD and DEL work beside it, and finds nothing to repair in what they did', async () => {
    for (let round = 0; round < 5; round += 1) {
      const pod = node.addPod();
      expect((await node.call({ verb: 'ADD', pod })).code).toBe(0);
      expect((await node.call({ verb: 'DEL', pod })).code).toBe(0);
    }
    const generation = String(node.document()?.metadata.generation);
    expect(node.vnet('wait', '--for', 'ready', '--generation', generation, '--timeout', '10s').code).toBe(
      EXIT.done,
    );
    // It finishes a DEL that takes longer than a second.
    const own = ['Started', 'Applied', 'Released'];
    expect(watch.events.filter(({ type }) => !own.includes(type))).toEqual([]);
  });

  it('runs a full scan on SIGHUP, and exits with code 0 on SIGTERM', async () => {
    const before = watch.status()?.time ?? '';
    process.kill(watch.pid, 'SIGHUP');
    await watch.until('waited for another round', () => (watch.status()?.time ?? '') > before);
    expect(await watch.end('SIGTERM')).toBe(0);
    expect(watch.events.at(-1)?.type).toBe('Stopped');
    expect(watch.stderr()).toBe('');
  });

  it('is one on a node: a second one names it and exits 75', async () => {
    const second = node.vnet('watch');
    expect([second.code, second.stderr]).toEqual([
      EXIT.tryAgain,
      expect.stringContaining(`process ${watch.pid}`),
    ]);
  });

  it('continues where a killed one stopped, and repairs drift from in between', async () => {
    expect(await watch.end('SIGKILL')).toBe('SIGKILL');
    breakNeighbour();
    watch = await startWatch(node);
    await watch.until('waited for the repair', hasNeighbour);
    await watch.until('waited for it to be said', () => watch.events.some(({ type }) => type === 'Drift'));
    expect(watch.events.find(({ type }) => type === 'Drift')).toMatchObject({ cause: 'drift' });
  });

  it('does not repair paused objects, reports that, and repairs them when the pause ends', async () => {
    const mistyped = node.vnet('pause', '10.240.0.36');
    expect([mistyped.code, mistyped.stderr]).toEqual([
      EXIT.noInput,
      expect.stringContaining('default/web-0'),
    ]);
    const paused = node.vnet('pause', NEIGHBOUR, '--for', '1h', '--reason', 'a test');
    expect([paused.code, paused.stdout]).toEqual([
      EXIT.done,
      expect.stringContaining(`vnet resume '${NEIGHBOUR}'`),
    ]);
    breakNeighbour();
    await watch.until('waited for it to be seen', () =>
      watch.events.some(({ type, key }) => type === 'Paused' && key !== undefined),
    );
    expect(hasNeighbour()).toBe(false);
    expect(node.vnet('reconcile').code).toBe(EXIT.refused);
    expect(hasNeighbour()).toBe(false);
    expect(node.vnet('wait', '--for=ready', '--timeout', '1s').code).toBe(EXIT.timedOut);
    expect(node.vnet('resume').code).toBe(EXIT.done);
    await watch.until('waited for the repair', hasNeighbour);
    expect(node.vnet('wait', '--for=ready', '--timeout', '10s').code).toBe(EXIT.done);
    const told = node.vnet('events', '--since', '1h', '-o', 'jsonl').stdout.trim().split('\n');
    const types = told.map((line) => String(JSON.parse(line).type));
    expect(types).toEqual(expect.arrayContaining(['Started', 'Paused', 'Resumed', 'Drift', 'Repaired']));
  });

  it('reconcile --override repairs paused objects', () => {
    node.vnet('pause');
    breakNeighbour();
    expect(node.vnet('reconcile').code).toBe(EXIT.refused);
    expect(node.vnet('reconcile', '--override').code).toBe(EXIT.done);
    expect(hasNeighbour()).toBe(true);
  });

  it('reports contention when another program deletes a neighbour every 100 ms, and backs off', async () => {
    const script = 'for i in $(seq 60); do ip neigh del 10.240.0.36 dev azure0; sleep 0.1; done 2>/dev/null';
    const fight = node.netns.exec(['sh', '-c', script]);
    await watch.until('waited for it to be called a fight', () =>
      watch.events.some(({ type }) => type === 'Contended'),
    );
    await fight;
    const repairs = watch.events.filter(({ type }) => type === 'Repaired').length;
    expect(repairs).toBeLessThan(12);
    const contended = watch.status()?.conditions.find(({ type }) => type === 'Contended');
    expect(contended).toMatchObject({ status: true, message: 'neighbour 10.240.0.36 dev azure0' });
    await watch.until('waited for the last repair', hasNeighbour);
  });
});
