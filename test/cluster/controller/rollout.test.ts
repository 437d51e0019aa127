import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  planRollout,
  type RolloutNode,
  type RolloutState,
  shareOf,
  stepTargets,
} from '../../../reconciler/cluster/controller/rollout.ts';
import { assignNodes, newestFirst } from '../../../reconciler/cluster/controller/selection.ts';
import type { RolloutObject } from '../../../reconciler/cluster/custom-resources.ts';

describe('the steps of a rollout', () => {
  it('are numbers and percentages, at least one node, at most all', () => {
    expect(stepTargets(undefined, 5000)).toEqual([1, 50, 500, 2500, 5000]);
    expect(stepTargets(undefined, 3)).toEqual([1, 2, 3]);
    expect(stepTargets(['10', '100%'], 4)).toEqual([4]);
    expect(stepTargets(['0%', '200%'], 4)).toEqual([1, 4]);
    expect(stepTargets(undefined, 0)).toEqual([]);
    expect(shareOf('x', 4)).toBeUndefined();
  });
});

const rolloutOf = (
  spec: Partial<RolloutObject['spec']> = {},
  status?: RolloutObject['status'],
): RolloutObject => ({
  metadata: { name: 'r', generation: 1 },
  spec: { revision: 'new', ...spec },
  ...(status === undefined ? {} : { status }),
});

const state = fc.constantFrom<RolloutState>('waiting', 'updating', 'confirmed', 'failed', 'skipped');
const member = fc.record({
  state,
  zone: fc.constantFrom('a', 'b'),
  forMs: fc.constantFrom(0, 30_000, 90_000),
});

function nodesOf(
  members: readonly { state: RolloutState; zone: string; forMs: number }[],
): readonly RolloutNode[] {
  return members.map(({ state: is, zone, forMs }, index) => {
    const name = `node-${index}`;
    const has = is === 'updating' || is === 'confirmed' || is === 'failed';
    const spec = { desiredRevision: has ? 'new' : 'old' };
    return {
      node: { name, uid: name, zone, labels: {}, isReady: is !== 'skipped' },
      object: { metadata: { name }, spec },
      state: is,
      reason: 'x',
      forMs,
    };
  });
}

describe('the plan of a rollout', () => {
  it('never exceeds step, failures or maxUnavailable, never mixes zones, and counts every node once', () => {
    const steps = fc.constantFrom(['1', '100%'], ['50%', '100%'], ['100%']);
    const failures = fc.constantFrom(0, 1, 3);
    const unavailable = fc.constantFrom(undefined, '1', '2');
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 12 }),
        steps,
        failures,
        unavailable,
        (members, ...rest) => {
          const [list, maxFailures, maxUnavailable] = rest;
          const nodes = nodesOf(members);
          const rollout = rolloutOf({
            steps: list,
            maxFailures,
            ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
          });
          const { status, grants } = planRollout(rollout, nodes);
          const of = (is: RolloutState) => members.filter((each) => each.state === is).length;
          const targets = stepTargets(list, nodes.length);
          const {
            total,
            waiting = 0,
            updating = 0,
            confirmed = 0,
            failed = 0,
            skipped = 0,
          } = status.nodes ?? {};
          expect(waiting + updating + confirmed + failed + skipped).toBe(total);
          if (of('failed') > maxFailures) expect([status.phase, grants]).toEqual(['Halted', []]);
          const held = of('updating') + of('confirmed') + of('failed');
          if (grants.length > 0) {
            expect(held + grants.length).toBeLessThanOrEqual(targets[(status.step ?? 1) - 1] ?? 0);
            expect(updating + grants.length).toBeLessThanOrEqual(Number(maxUnavailable ?? nodes.length));
            const busy = nodes.filter((each) => each.state === 'updating').map(({ node }) => node.zone);
            const zones = new Set(grants.map(({ node }) => node.zone));
            expect(zones.size).toBe(1);
            if (busy.length > 0 && new Set(busy).size === 1) expect([...zones]).toEqual([busy[0]]);
          }
          if (status.phase === 'Complete') expect(of('waiting') + updating).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reverts only after the halt is on the server, and stays halted then whatever the nodes say', () => {
    const nodes = nodesOf([
      { state: 'confirmed', zone: '', forMs: 90_000 },
      { state: 'failed', zone: '', forMs: 0 },
    ]).map((each) => ({
      ...each,
      object: {
        metadata: { name: each.node.name },
        spec: { desiredRevision: 'new', previousRevision: 'old' },
      },
    }));
    const first = planRollout(rolloutOf({ onHalt: 'revertAll' }), nodes);
    expect([first.status.phase, first.reverts]).toEqual(['Halted', []]);
    const halted = rolloutOf({ onHalt: 'revertAll' }, { ...first.status });
    const second = planRollout(halted, nodes);
    expect(second.reverts.map(({ node, spec }) => `${node.name} ${spec.desiredRevision}`)).toEqual([
      'node-0 old',
      'node-1 old',
    ]);
    const calm = nodesOf([{ state: 'waiting', zone: '', forMs: 0 }]);
    expect(planRollout(halted, calm)).toMatchObject({ status: { phase: 'Halted' }, grants: [] });
    const edited = { ...halted, metadata: { name: 'r', generation: 2 } };
    expect(planRollout(edited, calm).grants).toHaveLength(1);
  });
});

describe('the selection', () => {
  it('gives a node to the newest rollout that selects it', () => {
    const node = (name: string, labels: Record<string, string>) => ({
      name,
      uid: name,
      zone: '',
      labels,
      isReady: true,
    });
    const rollout = (
      name: string,
      creationTimestamp: string,
      nodeSelector?: Record<string, string>,
    ): RolloutObject => ({
      metadata: { name, creationTimestamp },
      spec: { revision: name, ...(nodeSelector === undefined ? {} : { nodeSelector }) },
    });
    const rollouts = newestFirst([
      rollout('all', '2026-01-01'),
      rollout('gpu', '2026-02-01', { gpu: 'yes' }),
    ]);
    const assigned = assignNodes(rollouts, [node('b', {}), node('a', { gpu: 'yes' }), node('c', {})]);
    expect([...assigned].map(([name, list]) => [name, list.map((each) => each.name)])).toEqual([
      ['gpu', ['a']],
      ['all', ['b', 'c']],
    ]);
  });
});
