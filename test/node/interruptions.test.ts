import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';
import { chooseDrift, createChance } from './drift-commands.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

const SEQUENCES = 15;
const KILLS = 12;
const SAVES = 8;

describe.skipIf(!hasLiveNodes)('a node that is not left in peace', () => {
  let node: LiveNode;
  let pods: Netns[];
  let watch: LiveWatch | undefined;
  beforeEach(async () => {
    node = makeLiveNode();
    pods = [node.addPod(), node.addPod(), node.addPod()];
    for (const pod of pods) await node.call({ verb: 'ADD', pod });
  });
  afterEach(async () => {
    await watch?.end('SIGKILL');
    watch = undefined;
    node.remove();
  });

  const run = (line: string): void => void node.netns.execNow(line.split(' '));
  const preview = (): string => pendingIn(node.reconcile('--dry-run'));
  const expectWell = (after: string): void => {
    expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(pods.length);
    expect([after, preview()]).toEqual([after, '']);
    // A port forwards again up to a second after its carrier is back (the kernel's linkwatch).
    const argv = ['ping', '-c1', '-w5', '10.240.0.1'];
    const reach = pods.map((pod) => pod.execNow(argv).code);
    expect([after, reach]).toEqual([after, pods.map(() => 0)]);
  };

  it('is repaired by one round, whatever was broken', () => {
    for (let sequence = 1; sequence <= SEQUENCES; sequence += 1) {
      const commands = chooseDrift(node, pods, createChance(sequence * 7919));
      for (const command of commands) run(command);
      const { code, stdout, stderr } = node.reconcile('--max-disruption', 'node-outage');
      const after = commands.join('; ');
      expect([after, code, stderr, code === 0 ? '' : stdout]).toEqual([after, 0, '', '']);
      expectWell(after);
    }
  });

  it('is put right by the next one when the loop was killed anywhere', async () => {
    const chance = createChance(11);
    for (let turn = 0; turn < KILLS; turn += 1) {
      watch = await startWatch(node);
      const commands = chooseDrift(node, pods, chance);
      for (const command of commands) run(command);
      await wait(chance(20));
      expect(await watch.end('SIGKILL')).toBe('SIGKILL');
      const { code, stderr } = node.reconcile('--max-disruption', 'node-outage');
      expect([commands, code, stderr]).toEqual([commands, 0, '']);
      expectWell(commands.join('; '));
    }
  });

  it('follows a document that is replaced while rounds are under way', async () => {
    watch = await startWatch(node);
    const path = join(node.root, 'var/lib/vnet/vnet.yaml');
    const generation = (): number => node.document()?.metadata.generation ?? 0;
    const begun = generation();
    const destination = (save: number): string => `198.51.100.${save}/32`;
    for (let save = 1; save <= SAVES; save += 1) {
      // Two saves of one line from the same generation would conflict: each has its own line.
      const text = readFileSync(path, 'utf8');
      const added = `      - to: ${destination(save)}\n        via: 10.240.0.1\n`;
      const edited = text.includes('198.51.100.')
        ? text.replace('    routes:\n      - to: 198', `    routes:\n${added}      - to: 198`)
        : text.replace('    pools:\n', `    routes:\n${added}    pools:\n`);
      for (const command of [
        'ip neigh flush dev azure0 nud permanent',
        'nft flush chain bridge vnet prerouting',
      ])
        run(command);
      process.kill(watch.pid, 'SIGHUP');
      await wait(save % 5);
      writeFileSync(`${path}.edited`, edited);
      renameSync(`${path}.edited`, path);
      await wait(10 * (save % 3));
    }
    const wanted = Array.from({ length: SAVES }, (_, index) => destination(index + 1)).toSorted();
    const present = (): readonly string[] =>
      [...node.netns.execNow(['ip', 'route', 'show']).stdout.matchAll(/^198\.51\.100\.\d+/gm)]
        .map(([found]) => `${found}/32`)
        .toSorted();
    await watch.until(
      'waited for the last save',
      () =>
        generation() > begun &&
        present().length === SAVES &&
        watch?.status()?.convergedGeneration === generation(),
    );
    expect(present()).toEqual(wanted);
    expectWell('the last save');
    expect(watch.stderr()).toBe('');
  });
});
