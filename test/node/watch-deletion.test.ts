/** The work of `vnet watch` after the DEL of a pod: the namespaces of all others are left alone. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSamples } from '../daemon/metrics/exposition.ts';
import { DUAL_NICS } from '../lab/fabric.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { endServer } from '../support/end-server.ts';
import { scrapeSocket } from './live-metrics.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';
import { MODE_CASES, modeConf } from './mode-cases.ts';
import { makeModeNodes, type ModeNode } from './mode-nodes.ts';

/** A full scan begins half a second after the notification, the check of the endpoint a second after it. Units: milliseconds. */
const LATER_MS = 1500;

describe.skipIf(!hasLiveNodes).each(MODE_CASES)('mode $mode, both families', (given) => {
  let made: ReturnType<typeof makeModeNodes> | undefined;
  let watch: LiveWatch | undefined;
  const here = (): ModeNode => {
    if (made === undefined) throw new Error('the nodes were not made');
    return made.nodes[0];
  };
  const rounds = async (): Promise<number> => {
    const samples = parseSamples(await scrapeSocket(join(here().root, 'metrics.sock')));
    return samples.get('vnet_rounds_total{result="done"}') ?? 0;
  };
  const settled = async (atLeast: number): Promise<number> => {
    while ((await rounds()) < atLeast) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, LATER_MS));
    return rounds();
  };

  beforeAll(async () => {
    made = makeModeNodes(modeConf(given), DUAL_NICS);
    for (const _ of [1, 2, 3]) here().addPod();
    endServer(here().root);
    const node = { netns: here().netns(), root: here().root, name: here().nic.node };
    watch = await startWatch(node, '--metrics', `unix:${join(here().root, 'metrics.sock')}`);
  });
  afterAll(async () => {
    await watch?.end('SIGTERM');
    made?.remove();
  });

  it('checks the endpoint of each DEL, and scans nothing else', async () => {
    let before = await settled(1);
    for (const pod of here().pods().slice(0, 2)) {
      expect(here().call('DEL', pod)).toMatchObject({ code: 0 });
      const after = await settled(before + 1);
      expect(after - before).toBe(1);
      before = after;
    }
  });

  it('still repairs a route that a process deletes in a pod', async () => {
    const pod = here().pods()[2];
    for (const family of ['-4', '-6']) {
      const shown = (): string => pod?.mustExec(['ip', family, 'route', 'show', 'default']).stdout ?? '';
      const before = shown();
      expect(before).not.toBe('');
      pod?.mustExec(['ip', family, 'route', 'del', 'default']);
      await watch?.until('waited for the route', () => shown() === before);
    }
  });
});
