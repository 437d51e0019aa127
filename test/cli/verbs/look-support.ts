/** A session for the read-only verbs: a converged node in memory, with a past written by the test. */
import { expect } from 'vitest';
import type { BaselineWriter } from '../../../reconciler/cli/verbs/look/drift-report.ts';
import type { NodeView } from '../../../reconciler/cli/verbs/look/compare-node.ts';
import type { NodeRecords } from '../../../reconciler/cli/verbs/look/node-records.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { NodeStatus } from '../../../reconciler/loop/files/status-file.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { type NetObject, keyOf } from '../../../reconciler/model/state.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import { type Baseline, EMPTY_BASELINE } from '../../../reconciler/plan/baseline.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf } from '../../support/node.ts';

/** The present time; `now` may be changed. */
export type Clock = { now: Date };

/** The node, its baseline, and the writer of the baseline. */
export type LookNode = {
  readonly session: MemorySession & NodeView;
  readonly writer: BaselineWriter;
  readonly baseline: () => Baseline;
  /** Changes the object of this key as another program would: deletes it, or sets these fields. */
  readonly breakObject: (key: string, to?: Partial<NetObject>) => void;
};

/** Returns the status after a round that converged at the generation. */
export function statusOf(generation: number, more: Partial<NodeStatus> = {}): NodeStatus {
  return {
    format: 'vnet.status/1',
    time: '2026-11-21T11:59:00.000Z',
    observedGeneration: generation,
    convergedGeneration: generation,
    conditions: [],
    objects: [],
    ...more,
  };
}

/** Returns a past with nothing recorded except `more`. */
export function recordsOf(more: Partial<NodeRecords> = {}): NodeRecords {
  return {
    status: () => statusOf(7),
    history: undefined,
    events: () => [],
    pauses: () => [],
    tentative: () => ok(undefined),
    isAttaching: () => false,
    ...more,
  };
}

/** Returns a converged node with these pods. */
export function convergedNode(
  pods: readonly number[],
  recorded: NodeRecords = recordsOf(),
  clock: Clock = { now: new Date('2026-11-21T12:00:00.000Z') },
): LookNode {
  let baseline: Baseline = EMPTY_BASELINE;
  const memory = createMemorySession(bootedKernel(pods), documentOf(pods), clock);
  const round = runRound(memory, { limit: 'hitless' });
  expect(round.ok && round.value?.remaining).toEqual([]);
  const session = { ...memory, recorded, baseline: () => baseline };
  return {
    session,
    baseline: () => baseline,
    writer: {
      who: 'vnet drift (ana)',
      change: (change) => {
        baseline = change(baseline);
        return ok(baseline);
      },
    },
    breakObject: (key, to) => {
      const document = memory.store.document() as VnetDocument;
      const { state } = must(memory.kernel.observe(scopeOfNode(document)));
      const have = Array.from(state.values()).find((object) => keyOf(object) === key);
      if (have === undefined) throw new Error(`there is no ${key} to break`);
      if (to === undefined) must(memory.kernel.tamper({ verb: 'delete', have }));
      else {
        const want = { ...have, ...to } as NetObject;
        must(memory.kernel.tamper({ verb: 'update', have, want, fields: Object.keys(to) }));
      }
    },
  };
}
