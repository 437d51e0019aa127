import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { countCases } from '../support/cases.ts';
import { longOr } from '../support/long.ts';
import { type Figures, figuresOf, renderFigures, soak } from './soak.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

/** 10 000 pods stand for a day (VNET_TEST_LONG=10 takes some minutes). */
const PODS = longOr(100, 1000);
/** Only longer runs spread the breakages out. */
const MANY = 1000;
/** Number of consecutive equal observations that count as quiet. */
const QUIET_LOOKS = 15;
const LOOK_MS = 100;
/** Event loop, its wake-up, and the standard output of a child. */
const RUNTIME_DESCRIPTORS = 4;
const MIB = 1024 * 1024;

describe.skipIf(!hasLiveNodes)('a long life', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  beforeEach(async () => {
    node = makeLiveNode();
    const first = node.addPod();
    for (const verb of ['ADD', 'DEL']) await node.call({ verb, pod: first });
    watch = await startWatch(node);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const plan = { atOnce: 6, samples: 10, breakMs: PODS > MANY ? 2500 : 200 };

  /** Resolves when everything opened by calls and rounds is closed. */
  const whenQuiet = async (pods: number): Promise<Figures> => {
    await watch.until('waited until all is well', () => node.reconcile('--dry-run', '--full').code === 0);
    let [seen, count] = [figuresOf(node, watch, pods), 0];
    for (; count < QUIET_LOOKS; count += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const now = figuresOf(node, watch, pods);
      if (now.descriptors !== seen.descriptors) count = 0;
      seen = now;
    }
    return seen;
  };

  it(`of ${PODS} pods with things that break in between leaves nothing behind`, async () => {
    // Everything that is opened or loaded once is open by then.
    await soak(node, watch, { ...plan, pods: 75 });
    const before = await whenQuiet(0);
    const figures = await soak(node, watch, { ...plan, pods: PODS });
    const last = await whenQuiet(PODS);
    countCases(PODS);
    console.log(renderFigures([before, ...figures, last]));
    expect(figures.length).toBeGreaterThanOrEqual(9);
    expect([node.document()?.endpoints ?? {}, node.veths()]).toEqual([{}, []]);

    // The runtime itself opens a few on first use; one per pod would be hundreds.
    expect(last.descriptors).toBeLessThanOrEqual(before.descriptors + RUNTIME_DESCRIPTORS);
    expect(last.sockets).toBeLessThanOrEqual(before.sockets + RUNTIME_DESCRIPTORS);
    const half: Figures = figures[Math.floor(figures.length / 2)] ?? last;
    expect(last.residentBytes).toBeLessThan(half.residentBytes * 1.2 + 16 * MIB);
    expect(last.eventBytes).toBeLessThan(2.2 * MIB);
    expect(last.historyBytes).toBeLessThan(64 * MIB);
    expect(watch.events.some(({ type }) => type === 'Repaired')).toBe(true);
    expect(watch.stderr()).toBe('');
    expect(await watch.end('SIGTERM')).toBe(0);
  });
});
