import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repairLimitsOf } from '../../../reconciler/loop/report/repair-limits.ts';
import { initialMemory } from '../../../reconciler/loop/report/digest.ts';
import { stepFingerprint } from '../../../reconciler/loop/report/object-status.ts';
import { failuresOf } from '../../../reconciler/loop/node/execute.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { previewRound } from '../../../reconciler/loop/round/preview.ts';
import { type Round, type RoundOptions, runRound } from '../../../reconciler/loop/round/round.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { derive } from '../../../reconciler/model/derive.ts';
import type { ObjectKey } from '../../../reconciler/model/state.ts';
import { accept, EMPTY_BASELINE } from '../../../reconciler/plan/baseline.ts';
import type { Pause } from '../../../reconciler/plan/pause.ts';
import { DISRUPTIONS, type Step } from '../../../reconciler/plan/step.ts';
import type { Policy, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { casesOf } from '../../support/cases.ts';
import { expectSame } from '../../support/same.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { idOf } from '../../support/node.ts';
import { anyDocument, anyDrift, driftedKernel } from './random-node.ts';
import { longOr } from '../../support/long.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const FOREVER = '2030-01-01T00:00:00.000Z';

/** Picks by number: the choices are known only once the node is built. */
type Picks = readonly number[];

const picks = fc.array(fc.nat(1000), { maxLength: 3 });

function pick<T>(from: readonly T[], numbers: Picks): readonly T[] {
  return numbers.flatMap((number) => from.slice(number % Math.max(1, from.length)).slice(0, 1));
}

const anyPolicy: fc.Arbitrary<Policy> = fc.dictionary(
  fc.constantFrom('links', 'addresses', 'routes', 'neighbours', 'fdb', 'sysctls', 'rules'),
  fc.constantFrom('repair', 'report', 'ignore'),
);

const anyTerms = fc.record({
  paused: picks,
  backedOff: picks,
  accepted: picks,
  named: fc.subarray(['azure', 'default/web-0', idOf(1)]),
  isEverythingPaused: fc.constantFrom(false, false, false, true),
  isPastKnown: fc.boolean(),
  limit: fc.constantFrom(...DISRUPTIONS),
});

type AnyTerms = typeof anyTerms extends fc.Arbitrary<infer T> ? T : never;

function stepsOf({ kernel }: MemorySession, document: VnetDocument): readonly Step[] {
  const planned = planNode(kernel, document);
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan.steps;
}

/** All reasons to hold a repair, on some of the existing steps. */
function optionsOf(terms: AnyTerms, steps: readonly Step[], before: VnetDocument): RoundOptions {
  const objects: readonly (ObjectKey | undefined)[] = [
    ...pick(steps, terms.paused).map(({ key }) => key),
    ...terms.named,
    ...(terms.isEverythingPaused ? [undefined] : []),
  ];
  const pauses = objects.map(
    (object): Pause => ({
      ...(object === undefined ? {} : { object }),
      until: FOREVER,
      who: 'ana',
      time: NOW.toISOString(),
    }),
  );
  const tracking = pick(steps, terms.backedOff).map((step) => {
    const waits = {
      state: 'error',
      reason: 'failed without a message',
      attempts: 1,
      nextTryMs: 100,
      sinceMs: 0,
    } as const;
    return [step.key, { ...waits, fingerprint: stepFingerprint(step) }] as const;
  });
  const past = derive(before, new Map()).state;
  return {
    limit: terms.limit,
    repairLimits: (document) => {
      // A status file refers to one generation.
      const isKnown = terms.isPastKnown && document.metadata.generation === before.metadata.generation;
      const wanted = isKnown ? past : undefined;
      const memory = { ...initialMemory(undefined), tracking: new Map(tracking), wanted };
      return ok(repairLimitsOf({ document, pauses, memory, nowMs: 0 }));
    },
  };
}

/** Released or leaving: its objects may remain in the kernel on purpose. */
function leavingAfter({ released, document: { endpoints = {} } }: Round): readonly string[] {
  return [...released, ...Object.keys(endpoints).filter((id) => endpoints[id]?.leaving !== undefined)];
}

const change = ({ key, change: { verb } }: Step): string => `${verb} ${key}`;

describe('a preview', () => {
  it('shows exactly what the round then does', () => {
    const met = { done: 0, accepted: 0, held: 0, withheld: 0 };
    fc.assert(
      fc.property(
        anyDocument,
        anyDocument,
        anyDrift,
        fc.tuple(anyPolicy, anyTerms, fc.boolean()),
        (before, after, drift, [policy, terms, isNewBoot]) => {
          const kernel = driftedKernel(before, after, drift);
          const boot = isNewBoot ? { bootId: '99999999-1111-4222-8333-444455556666' } : {};
          const memory = createMemorySession(kernel, { ...after, policy }, { now: NOW, ...boot });
          const steps = stepsOf(memory, after);
          const times = { until: FOREVER, time: NOW.toISOString(), who: 'ana' };
          const baseline = accept(EMPTY_BASELINE, pick(steps, terms.accepted), times);
          const session = { ...memory, baseline: () => baseline };
          const options = optionsOf(terms, steps, before);
          const preview = previewRound(session, options);
          const round = runRound(session, options);
          // An uplink that nothing shows to be the NIC is refused by both.
          expectSame(preview.ok ? '' : preview.error, round.ok ? '' : round.error);
          fc.pre(preview.ok);
          if (!preview.ok || preview.value === undefined) throw new Error('no preview');
          if (!round.ok || round.value === undefined) throw new Error('no round');
          const { plan, accepted, held, withheld, todo, leaving } = preview.value;
          expectSame(round.value.plan.steps, plan.steps);
          const done = round.value;
          expectSame(
            { accepted: done.accepted, held: done.held, withheld: done.withheld },
            { accepted, held, withheld },
          );
          expectSame(leavingAfter(round.value).toSorted(), leaving.toSorted());
          const [tried, shown] = [round.value.outcomes.map(({ step }) => step), todo].map((list) =>
            list.map(change).toSorted(),
          );
          // Networks that could not be moved were rolled back: their tried steps are then in no list.
          const isPutBack = round.value.failures.length > failuresOf(round.value.outcomes).length;
          if (isPutBack) expect(shown).toEqual(expect.arrayContaining(tried ?? []));
          else expectSame(tried, shown);
          met.done += tried?.length ?? 0;
          met.accepted += accepted.length;
          met.held += held.length;
          met.withheld += withheld.length;
        },
      ),
      { numRuns: casesOf(longOr(50, 150)) },
    );
    expect(Object.entries(met).filter(([, count]) => count < 20)).toEqual([]);
  });
});
