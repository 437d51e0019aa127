import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../../plugin/dispatch.ts';
import { ok } from '../../reconciler/model/result.ts';
import { validateDocument } from '../../reconciler/document/check/validate.ts';
import { createCaller, type Caller } from '../plugin/caller.ts';
import { casesOf } from '../support/cases.ts';
import { longOr } from '../support/long.ts';
import { netnsOf } from '../support/node.ts';
import { fuzzedCall, type FuzzedCall } from './mutate.ts';
import { brokenPromises } from './promises.ts';

/** Enough for the rarest outcome below, which occurs once in a thousand. */
const RUNS = casesOf(longOr(4_000, 50_000));

/** Outcomes by verb and code: shows that the fuzz reaches its targets. */
const seen = new Map<string, number>();

async function violations(node: Caller, { role, env, stdin }: FuzzedCall): Promise<readonly string[]> {
  const started = process.cpuUsage();
  const before = node.session.store.document();
  const answer = await dispatch({
    role,
    version: async () => '0.0.0',
    argv: [],
    env,
    readStdin: () => ok(stdin),
    open: () => Promise.resolve(ok({ ...node.host, close: () => undefined })),
  });
  const code: number | undefined = answer.exitCode === 0 ? 0 : JSON.parse(answer.stdout).code;
  const outcome = `${env['CNI_COMMAND'] ?? ''} ${code}`;
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  const after = node.session.store.document();
  const isValid = after === before || (after !== undefined && validateDocument(after).ok);
  const { user, system } = process.cpuUsage(started);
  const tookMs = (user + system) / 1000;
  return [
    ...brokenPromises(answer),
    ...(isValid ? [] : ['the document is not valid any more']),
    ...(tookMs < 2_000 ? [] : [`it took ${tookMs} ms of the processor`]),
  ];
}

describe('any call', () => {
  it(`ends in one JSON object or silence, with a documented code (${RUNS} calls)`, async () => {
    let [calls, refused, node] = [0, 0, createCaller()];
    await fc.assert(
      fc.asyncProperty(fuzzedCall(netnsOf), async (call) => {
        // Both a long life on one node and frequent new nodes find bugs, different ones.
        if (calls % 200 === 0) node = createCaller(calls % 400 === 0 ? {} : { document: undefined });
        calls += 1;
        expect(await violations(node, call)).toEqual([]);
        const probe = await node.call('VERSION');
        refused += probe.exitCode;
      }),
      { numRuns: RUNS },
    );
    expect(calls).toBeGreaterThanOrEqual(RUNS);
    expect(refused).toBe(0);
    for (const outcome of [
      'ADD 0',
      'ADD 1',
      'ADD 4',
      'ADD 6',
      'ADD 7',
      'ADD 8',
      'DEL 0',
      'CHECK 0',
      'GC 0',
      'STATUS 0',
    ])
      expect([outcome, (seen.get(outcome) ?? 0) > 0]).toEqual([outcome, true]);
  });
});
