/** Law: whatever other programs do to a node, and in whatever order, rounds lead it back to its document. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { casesOf } from '../../support/cases.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { expectSame } from '../../support/same.ts';
import { must } from '../../support/must.ts';
import { anyDocument, anyDrift, kernelWithPods, tamper } from './random-node.ts';
import { longOr } from '../../support/long.ts';

/** A step may wait for an object that another one creates first, and a namespace is dead only when seen dead twice. */
const ROUNDS = 3;

const NOW = new Date('2026-11-21T12:00:00.000Z');

/** Runs rounds until the kernel matches; returns the steps that are left after the last one. */
function settle(session: MemorySession, document: VnetDocument): readonly string[] {
  const left = (): ReturnType<typeof stepsOf> => stepsOf(session, session.store.document() ?? document);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    if (turn > 0 && left().length === 0) return [];
    const round = runRound(session, { limit: 'node-outage' });
    // An uplink that nothing shows to be the NIC is refused as a whole.
    fc.pre(round.ok || !('code' in round.error) || round.error.code !== 'refused');
    if (!round.ok) expect(round.error).toBe('');
  }
  return left();
}

function stepsOf({ kernel }: Pick<MemorySession, 'kernel'>, document: VnetDocument): readonly string[] {
  const { steps } = must(planNode(kernel, document)).plan;
  return steps.map(({ key, change: { verb } }) => `${verb} ${key}`);
}

describe('a node', () => {
  it('is led back to its document after each of a sequence of changes by other programs', () => {
    let [changes, repairs] = [0, 0];
    fc.assert(
      fc.property(anyDocument, fc.array(anyDrift, { minLength: 1, maxLength: 5 }), (document, sequence) => {
        const kernel = kernelWithPods();
        const session = createMemorySession(kernel, document, { now: NOW });
        expectSame(settle(session, document), []);
        for (const drift of sequence) {
          const current = session.store.document() ?? document;
          for (const change of drift) tamper(kernel, current, change);
          changes += drift.length;
          repairs += stepsOf(session, current).length;
          expectSame({ drift, left: settle(session, document) }, { drift, left: [] });
        }
      }),
      { numRuns: casesOf(longOr(35, 100)) },
    );
    expect(repairs).toBeGreaterThan(100);
    expect(changes).toBeGreaterThan(repairs / 100);
  });
});
