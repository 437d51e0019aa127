/** Law: `vnet status` right after a round shows what the round recorded. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import { openRoundContext } from '../../../reconciler/app/round-context.ts';
import { showStatus } from '../../../reconciler/cli/verbs/look/overview.ts';
import { openNodeRecords } from '../../../reconciler/cli/verbs/look/node-records.ts';
import { changePauses } from '../../../reconciler/loop/files/pause-file.ts';
import {
  type NodeStatus,
  readStatus,
  STATUS_FORMAT,
  writeStatus,
} from '../../../reconciler/loop/files/status-file.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { History } from '../../../reconciler/document/history/history.ts';
import { ok } from '../../../reconciler/model/result.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { accept, EMPTY_BASELINE } from '../../../reconciler/plan/baseline.ts';
import { casesOf } from '../../support/cases.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { expectSame } from '../../support/same.ts';
import { capture } from '../../support/output.ts';
import { documentOf, NETWORK } from '../../support/node.ts';
import { type AnyDrift, anyDocument, anyDrift, driftedKernel } from '../round/random-node.ts';
import { longOr } from '../../support/long.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const FOREVER = '2040-01-01T00:00:00.000Z';
const sys = createSys();
const top = mkdtempSync(join(tmpdir(), 'vnet-status-law-'));
afterAll(() => rmSync(top, { recursive: true }));

const anyTerms = fc.record({
  policy: fc.dictionary(
    fc.constantFrom('links', 'addresses', 'routes', 'neighbours', 'fdb', 'sysctls', 'rules'),
    fc.constantFrom('repair', 'report', 'ignore'),
  ),
  paused: fc.subarray(['azure', 'default/web-0', 'link azure0']),
  accepted: fc.subarray([0, 1, 2]),
  isPastKnown: fc.boolean(),
});

type AnyTerms = typeof anyTerms extends fc.Arbitrary<infer T> ? T : never;

function statusBefore(generation: number): NodeStatus {
  const time = '2026-11-21T11:00:00.000Z';
  const generations = { observedGeneration: generation, convergedGeneration: generation };
  return { format: STATUS_FORMAT, time, ...generations, conditions: [], objects: [] };
}

/** Keeps the generation that the round found, as in a real history. */
function historyOf(document: VnetDocument | undefined): History {
  const isKept = (generation: number): boolean => document?.metadata.generation === generation;
  return {
    records: () => ok([]),
    at: (generation) =>
      ok(
        document !== undefined && isKept(generation)
          ? { document, text: JSON.stringify(document) }
          : undefined,
      ),
  };
}

/** Found by the campaign drift, seed 3: the sysctl for the order of the uplink's addresses was drift for status alone. */
const FOUND: [VnetDocument, VnetDocument, AnyDrift, AnyTerms] = [
  documentOf([0, 1], NETWORK),
  documentOf([], {
    ...NETWORK,
    uplink: {
      ...NETWORK.uplink,
      released: true,
      addresses: [...(NETWORK.uplink.addresses ?? []), { address: '10.240.0.200/16' }],
    },
  }),
  [{ at: 778, how: 'alone' }],
  { policy: {}, paused: [], accepted: [0], isPastKnown: true },
];

describe('vnet status -o json after a round', () => {
  it('has the conditions and the objects of status.json', () => {
    const reasons = new Map<string, number>();
    let run = 0;
    fc.assert(
      fc.property(anyDocument, anyDocument, anyDrift, anyTerms, (before, after, drift, terms) => {
        const paths = resolvePaths({ root: join(top, String((run += 1))) }, {});
        mkdirSync(paths.runDirectory, { recursive: true });
        const kernel = driftedKernel(before, after, drift);
        const memory = createMemorySession(kernel, { ...after, policy: terms.policy }, { now: NOW });
        const steps = must(planNode(kernel, after)).plan.steps;
        const picked = terms.accepted.flatMap((at) => steps.slice(at, at + 1));
        const baseline = accept(EMPTY_BASELINE, picked, {
          until: FOREVER,
          time: NOW.toISOString(),
          who: 'ana',
        });
        const session = { ...memory, baseline: () => baseline };
        const pauses = terms.paused.map((object) => ({
          object,
          until: FOREVER,
          who: 'ana',
          time: NOW.toISOString(),
        }));
        must(changePauses(sys, paths.runDirectory, () => pauses));
        if (terms.isPastKnown) writeStatus(sys, paths.runDirectory, statusBefore(after.metadata.generation));
        const { repairLimits, record } = openRoundContext({ sys, paths, store: session.store });
        const found = session.store.document();
        const round = runRound(session, { limit: 'hitless', repairLimits });
        // An uplink of another MAC is refused as a whole.
        fc.pre(round.ok || !('code' in round.error) || round.error.code !== 'refused');
        if (!round.ok || round.value === undefined) throw new Error('no round');
        record(round.value);
        const written = readStatus(sys, paths.runDirectory);
        // Another past is known since this round, which may have adopted a lease: accepted differences count as drift from now on.
        const known = terms.isPastKnown ? after.metadata.generation : undefined;
        const isNews = written?.convergedGeneration !== known;
        fc.pre(!isNews || round.value.planned.plan.steps.length === 0);
        const output = capture();
        showStatus({ ...session, recorded: openNodeRecords(sys, paths, historyOf(found)) }, 'json', output);
        const { conditions, objects } = JSON.parse(output.out()) as NodeStatus;
        expectSame(conditions, written?.conditions);
        expectSame(objects, written?.objects);
        for (const { type, reason } of conditions)
          reasons.set(`${type} ${reason}`, (reasons.get(`${type} ${reason}`) ?? 0) + 1);
      }),
      { numRuns: casesOf(longOr(25, 80)), examples: [FOUND] },
    );
    const met = [...reasons.keys()];
    expect(met).toEqual(
      expect.arrayContaining([
        'Ready Converged',
        'Ready Paused',
        'Ready Withheld',
        'Drifted InSync',
        'Drifted Drifted',
        'Paused PausedByOperator',
      ]),
    );
  });
});
