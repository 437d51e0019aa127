/** Masquerade in mode transparent on a real kernel: the source that hosts beyond `direct` see, and those within. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { OUTSIDE, recordSources, sourcesAt } from './sources.ts';
import { addressOf, makeModeNodes } from './mode-nodes.ts';

describe.skipIf(!hasLiveNodes)('masquerade in mode transparent', () => {
  let made: ReturnType<typeof makeModeNodes>;
  let pods: readonly Netns[] = [];

  beforeAll(() => {
    made = makeModeNodes({ mode: 'transparent' });
    recordSources(made.fabric.netns);
    pods = made.nodes.map((node) => node.addPod());
  });
  afterAll(() => made.remove());

  it('gives packets beyond direct the address of the node, from the next connection on, until it is disabled', () => {
    const [node] = made.nodes;
    const [pod, far] = pods;
    if (pod === undefined || far === undefined) throw new Error('the pods were not made');
    const fabric = made.fabric.netns;
    expect([reaches(pod, OUTSIDE), sourcesAt(fabric)]).toEqual([true, [addressOf(pod)]]);
    node.edit('    pools:\n', '    masquerade: { enabled: true, direct: [10.240.0.0/16] }\n    pools:\n');
    expect(node.vnet('reconcile')).toMatchObject({ code: 0 });
    expect([reaches(pod, OUTSIDE), sourcesAt(fabric)]).toEqual([true, [node.nic.primary]]);
    sourcesAt(fabric, 'forwarded');
    expect([reaches(pod, addressOf(far)), sourcesAt(fabric, 'forwarded')]).toEqual([true, [addressOf(pod)]]);
    node.edit('enabled: true', 'enabled: false');
    expect(node.vnet('reconcile')).toMatchObject({ code: 0 });
    expect([reaches(pod, OUTSIDE), sourcesAt(fabric)]).toEqual([true, [addressOf(pod)]]);
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  });
});
