import { describe, expect, it } from 'vitest';
import { executeSteps } from '../../../reconciler/loop/node/execute.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import type { Step } from '../../../reconciler/plan/step.ts';
import type { FdbObject } from '../../../reconciler/model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, netnsOf } from '../../support/node.ts';

const PODS = [0, 1, 2, 3];

function stepsOf(kernel: Kernel, document: VnetDocument): readonly Step[] {
  const planned = planNode(kernel, document);
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan.steps;
}

/** Records the calls to the kernel. */
function watched(kernel: Kernel): { kernel: Kernel; batches: (readonly Change[])[]; observations: number } {
  const seen = { kernel, batches: [] as (readonly Change[])[], observations: 0 };
  seen.kernel = {
    observe: (scope) => {
      seen.observations += 1;
      return kernel.observe(scope);
    },
    apply: (changes) => {
      seen.batches.push(changes);
      return kernel.apply(changes);
    },
    prepare: () => kernel.prepare(),
    leavePods: () => kernel.leavePods(),
    close: () => kernel.close(),
  };
  return seen;
}

describe('executeSteps', () => {
  it('sends no more requests for many pods than for one', () => {
    const counts = [PODS.slice(0, 1), PODS].map((pods) => {
      const { kernel, batches } = watched(bootedKernel(pods));
      executeSteps(kernel, stepsOf(kernel, documentOf(pods)));
      return batches.length;
    });
    expect(counts[1]).toBe(counts[0]);
  });

  it('does all steps inside one pod before those of the next', () => {
    const { kernel, batches } = watched(bootedKernel(PODS));
    executeSteps(kernel, stepsOf(kernel, documentOf(PODS)));
    const inside = batches.flat().flatMap((change) => subjectOf(change).netns || []);
    expect(new Set(inside).size).toBe(PODS.length);
    expect(inside).toEqual(inside.toSorted());
  });

  it('holds back what needs a step that failed, in its pod as well, and nothing of another pod', () => {
    const kernel = bootedKernel([0, 1]);
    const broken = `link eth0 netns ${netnsOf(0)}`;
    const steps = stepsOf(kernel, documentOf([0, 1]));
    kernel.failNext(
      (change) =>
        change.verb === 'create' && change.want.kind === 'link' && change.want.peer?.netns === netnsOf(0),
      failure('busy', 'make it', 'not now'),
    );
    const outcomes = executeSteps(kernel, steps);
    const held = outcomes.find(({ step }) => step.key === broken);
    // A step that waits for a busy object is retryable as well.
    expect(held).toMatchObject({ status: 'held', failure: { code: 'busy', cause: { message: 'not now' } } });
    const inside = outcomes.filter(({ step }) => subjectOf(step.change).netns === netnsOf(0));
    expect(inside.map(({ status }) => status)).toEqual(['held', 'held', 'held']);
    const others = outcomes.filter(({ step }) => subjectOf(step.change).netns === netnsOf(1));
    expect(others.map(({ status }) => status)).toEqual(['changed', 'changed', 'changed']);
  });
});

describe('executeSteps in one pod', () => {
  it('names the first step that failed, not what failed for want of it', () => {
    const kernel = bootedKernel([0]);
    const steps = stepsOf(kernel, documentOf([0]));
    for (const kind of ['link', 'address'] as const) {
      kernel.failNext(
        (change) => subjectOf(change).netns === netnsOf(0) && subjectOf(change).kind === kind,
        failure('busy', 'change it', 'not now'),
      );
    }
    const outcomes = executeSteps(kernel, steps);
    const inside = outcomes.filter(({ step }) => subjectOf(step.change).netns === netnsOf(0));
    expect(inside.map(({ status }) => status)).toEqual(['failed', 'held', 'held']);
  });
});

describe('runRound', () => {
  it('reads a node once if there is nothing to do, and once more after a change', () => {
    const document = documentOf(PODS);
    const session = createMemorySession(bootedKernel(PODS), document);
    runRound(session, { limit: 'hitless' });
    const seen = watched(session.kernel);
    runRound({ ...session, kernel: seen.kernel }, { limit: 'hitless' });
    expect([seen.observations, seen.batches]).toEqual([1, []]);
    session.kernel.tamper({ verb: 'delete', have: firstFdb(session.kernel) });
    runRound({ ...session, kernel: seen.kernel }, { limit: 'hitless' });
    expect([seen.observations, seen.batches.length]).toEqual([3, 1]);
  });
});

function firstFdb(kernel: Kernel): FdbObject {
  const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  const found = seen.ok
    ? Array.from(seen.value.state.values()).find(({ kind }) => kind === 'fdb')
    : undefined;
  if (found?.kind !== 'fdb') throw new Error('there is no forwarding entry');
  return found;
}
