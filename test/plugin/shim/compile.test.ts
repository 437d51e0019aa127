import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from '../../../plugin/shim/compile.ts';
import {
  addressOf,
  byteAt,
  call,
  type Comparison,
  minus,
  plus,
  run,
  set,
  type Statement,
  storeByte,
  storeWord,
  text,
  type Value,
  valueOf,
  when,
  whilst,
  wordAt,
} from '../../../plugin/shim/language.ts';
import { execNow } from '../../support/exec.ts';
import { PROCESSORS } from './processors.ts';

const RUNS = 12;
const PER_PROGRAM = 40;

/** A value, and the number that it must be. */
type Known = { readonly value: Value; readonly is: bigint };

const number = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 0xffffn, 0x10000n, 0xffff_ffffn, 0x1_0000_0000n, -0x8000_0000n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const literal = number.map((is): Known => ({ value: { op: 'number', value: is }, is }));
const known: fc.Arbitrary<Known> = fc.letrec<{ any: Known }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    literal,
    fc.tuple(tie('any'), tie('any'), fc.constantFrom<'+' | '-'>('+', '-')).map(([left, right, op]) => ({
      value: { op, left: left.value, right: right.value },
      is: BigInt.asIntN(64, op === '+' ? left.is + right.is : left.is - right.is),
    })),
  ),
})).any;

const COMPARISONS: Readonly<Record<Comparison, (left: bigint, right: bigint) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

describe.each(PROCESSORS)('a program of the small language on $machine.name', ({ machine, emulator }) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-shim-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the statements; `out` is a buffer of 8 kB. */
  const start = (body: readonly Statement[], input = '', args: readonly string[] = []) => {
    const path = join(folder, 'program');
    const program = { stack: 'stack', buffers: { out: 8192 }, body };
    writeFileSync(path, compileProgram(program, machine), { mode: 0o755 });
    return execNow([...emulator, path, ...args], { input });
  };
  const exit = (value: Value | number | string): Statement => run(call('exit_group', value));
  const print = (from: Value, length: Value | number | string): Statement =>
    run(call('write', 1, from, length));

  it('reckons as 64 bits do', () => {
    fc.assert(
      fc.property(fc.array(known, { minLength: PER_PROGRAM, maxLength: PER_PROGRAM }), (values) => {
        // Each right one is a letter: a number of 64 bits can't be printed by itself.
        const body = values.flatMap(({ value, is }, index) => [
          storeByte(addressOf('out', index), 0x2d),
          storeWord(addressOf('out', 4096), value),
          when(
            [wordAt(addressOf('out', 4096)), '==', { op: 'number', value: is }],
            storeByte(addressOf('out', index), 0x79),
          ),
        ]);
        const { stdout } = start([...body, print(addressOf('out'), values.length), exit(0)]);
        expect(stdout).toBe('y'.repeat(values.length));
      }),
      { numRuns: RUNS },
    );
  });

  it('compares signed numbers', () => {
    const pairs = fc.array(fc.tuple(number, number), { minLength: PER_PROGRAM, maxLength: PER_PROGRAM });
    fc.assert(
      fc.property(pairs, fc.constantFrom(...Object.keys(COMPARISONS)), (values, name) => {
        const is = name as Comparison;
        const body = values.flatMap(([left, right], index) => [
          storeByte(addressOf('out', index), 0x6e),
          when(
            [{ op: 'number', value: left }, is, { op: 'number', value: right }],
            storeByte(addressOf('out', index), 0x79),
          ),
        ]);
        const { stdout } = start([...body, print(addressOf('out'), values.length), exit(0)]);
        expect(stdout).toBe(
          values.map(([left, right]) => (COMPARISONS[is](left, right) ? 'y' : 'n')).join(''),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('repeats, counts, and reads what it was given', () => {
    const { stdout, code } = start(
      [
        set('length', call('read', 0, addressOf('out'), 4096)),
        set('at', 0),
        whilst(
          ['at', '<', 'length'],
          when([byteAt(addressOf('out', 'at')), '==', 0x61], storeByte(addressOf('out', 'at'), 0x41)),
          set('at', plus('at', 1)),
        ),
        print(addressOf('out'), 'length'),
        exit(minus('length', 3)),
      ],
      'banana',
    );
    expect([stdout, code]).toEqual(['bAnAnA', 3]);
  });

  it('finds its arguments, and texts of any length, each with its end', () => {
    const texts = ['', 'x', 'exactly fifteen', 'sixteen of them.', 'ä'.repeat(40)];
    const { stdout, code } = start(
      [
        ...texts.flatMap((content) => {
          const length = Buffer.from(content).length;
          return [
            print(text(content), length),
            when([byteAt(plus(text(content), length)), '!=', 0], exit(99)),
          ];
        }),
        exit(wordAt('stack')),
      ],
      '',
      ['one', 'two'],
    );
    expect([stdout, code]).toEqual([texts.join(''), 3]);
  });

  it('gets what a call failed with', () => {
    expect(start([exit(minus(0, call('read', 77, addressOf('out'), 1)))]).code).toBe(9);
  });

  it('can neither write what it executes nor execute what it writes', () => {
    expect(start([storeByte(text('constant'), 1), exit(0)]).code).toBeGreaterThan(128);
    expect(start([storeByte(addressOf('out'), 1), exit(0)]).code).toBe(0);
  });
});

describe('the compiler', () => {
  it('refuses a buffer that is not there', () => {
    const program = { stack: 'stack', buffers: {}, body: [run(addressOf('none'))] };
    for (const { machine } of PROCESSORS) expect(() => compileProgram(program, machine)).toThrow('"none"');
  });

  it('takes numbers and names for what they mean', () => {
    expect([valueOf(-1), valueOf('cell')]).toEqual([
      { op: 'number', value: -1n },
      { op: 'cell', name: 'cell' },
    ]);
  });
});
