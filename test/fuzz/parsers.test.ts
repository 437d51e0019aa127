/**
 * Damaged input to every parser of what comes from outside, in one process: thousands a second, without the executables. Whole calls are
 * in dispatch.test.ts and executable.test.ts.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRareWires } from '../../reconciler/kernel/kinds/registry.ts';
import { casesOf, isCampaign } from '../support/cases.ts';
import { longOr } from '../support/long.ts';
import { anyDamage, type Damage, damageBytes, damageText } from './damage.ts';
import { listDamaged, observeDamaged, watchDamaged } from './answers.ts';
import { BYTE_PARSERS, DATAGRAMS } from './messages.ts';
import { TEXT_PARSERS } from './texts.ts';

const LONGEST_CPU_MS = 2_000;

/** Outcomes by parser: shows that the fuzz reaches its targets. */
const seen = new Map<string, number>();
const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

/** Runs the parser; throws if it takes seconds of the processor. */
function inTime<T>(run: () => T): T {
  const started = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(started);
  const tookMs = (user + system) / 1000;
  if (tookMs > LONGEST_CPU_MS) throw new Error(`it took ${tookMs} ms of the processor`);
  return result;
}

const choose = (weights: Readonly<Record<string, { readonly weight: number }>>): fc.Arbitrary<string> =>
  fc.oneof(
    ...Object.entries(weights).map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name) })),
  );

const pick = <T>(from: readonly T[], at: number): T => {
  const found = from[at % from.length];
  if (found === undefined) throw new Error('no sample');
  return found;
};

/** Enough for each parser to accept and to refuse. */
const RUNS = isCampaign
  ? { texts: 300_000, bytes: 300_000, answers: 100_000 }
  : { texts: longOr(6_000, 15_000), bytes: longOr(6_000, 15_000), answers: longOr(2_000, 5_000) };

describe('damaged input', () => {
  beforeAll(loadRareWires);
  afterAll(() => seen.clear());

  it('of texts is accepted or refused with a reason by each parser', () => {
    fc.assert(
      fc.property(choose(TEXT_PARSERS), fc.nat(), anyDamage, (name, at, damage) => {
        const parser = TEXT_PARSERS[name];
        if (parser === undefined) throw new Error(name);
        const text = damageText(pick(parser.samples, at), damage);
        const { outcome, broken } = inTime(() => parser.parse(text));
        count(`${name} ${outcome}`);
        expect([name, broken]).toEqual([name, undefined]);
      }),
      { numRuns: casesOf(RUNS.texts) },
    );
    const missing = Object.keys(TEXT_PARSERS).flatMap((name) =>
      [`${name} accepted`, `${name} refused`].filter((outcome) => !seen.has(outcome)),
    );
    expect(missing).toEqual([]);
  });

  it('of bytes never throws, and gives a finite result', () => {
    fc.assert(
      fc.property(choose(BYTE_PARSERS), fc.nat(), anyDamage, (name, at, damage) => {
        const parser = BYTE_PARSERS[name];
        if (parser === undefined) throw new Error(name);
        const bytes = damageBytes(pick(parser.samples, at), damage);
        const said = inTime(() =>
          JSON.stringify(parser.parse(bytes), (_key, value: unknown) => numberIn(value)),
        );
        // Each byte is understood at most by a few parsers, in decimal or hexadecimal.
        expect([name, said.length <= 4_000 + bytes.length * 200]).toEqual([name, true]);
      }),
      { numRuns: casesOf(RUNS.bytes) },
    );
  });

  it('in the answers of the kernel gives a state or a failure', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), anyDamage), { minLength: 1, maxLength: 6 }), (datagrams) => {
        const damaged = datagrams.map(([at, damage]) => damageBytes(pick(DATAGRAMS, at), damage));
        count(`kernel ${inTime(() => observeDamaged(damaged))}`);
      }),
      { numRuns: casesOf(RUNS.answers) },
    );
    expect([...seen.keys()].filter((key) => key.startsWith('kernel')).length).toBeGreaterThanOrEqual(2);
  });

  it('in the answers of the API server gives a list, events or a failure, wherever the chunks end', async () => {
    const borders = fc.array(fc.nat(), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), anyDamage, borders, async (isList, damage: readonly Damage[], cuts) => {
        count(`${isList ? 'list' : 'watch'} ${await (isList ? listDamaged : watchDamaged)(damage, cuts)}`);
      }),
      { numRuns: casesOf(RUNS.answers) },
    );
    for (const outcome of ['list ok', 'list io', 'watch ok', 'watch io', 'watch invalid'])
      expect([outcome, seen.has(outcome)]).toEqual([outcome, true]);
  });
});

/** Throws for numbers that no JSON has. */
function numberIn(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`a number that is ${value}`);
  return value;
}
