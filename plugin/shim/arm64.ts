/**
 * AArch64 as a Machine: the accumulator is x0, its helper x1; each push takes 16 bytes, as the stack pointer must stay
 * aligned. Pure.
 * Source: Arm Architecture Reference Manual for A-profile, C6.2; calls of the kernel take x0 to x5, and x8 the number.
 */
import type { Comparison } from './language.ts';
import { littleEndian, type Machine } from './machine.ts';

const ACCUMULATOR = 0;
const HELPER = 1;
const CALL_NUMBER = 8;

/** ldr xN, [sp], #16 */
const pop = (register: number): number => 0xf84107e0 | register;

const CONDITIONS: Readonly<Record<Comparison, number>> = {
  '==': 0x0,
  '!=': 0x1,
  '>=': 0xa,
  '<': 0xb,
  '>': 0xc,
  '<=': 0xd,
};

const encode = (...instructions: readonly number[]): readonly number[] =>
  instructions.flatMap((instruction) => littleEndian(BigInt(instruction), 4));

/** movz for the lowest 16 bits, movk for each other part that is not zero. */
function move(register: number, value: bigint): readonly number[] {
  const parts = [0, 1, 2, 3].map((index) =>
    Number((BigInt.asUintN(64, value) >> BigInt(index * 16)) & 0xffffn),
  );
  return parts.flatMap((part, index) => {
    if (index > 0 && part === 0) return [];
    return [(index === 0 ? 0xd2800000 : 0xf2800000) + index * 0x200000 + part * 32 + register];
  });
}

/** AArch64. */
export const arm64: Machine = {
  name: 'arm64',
  elfMachine: 183,
  // mov x0, sp; str x0, [x1]
  start: (at) => encode(0x910003e0, ...move(HELPER, BigInt(at)), 0xf9000020),
  number: (value) => encode(...move(ACCUMULATOR, value)),
  // str x0, [sp, #-16]!
  push: () => encode(0xf81f0fe0),
  // ldrb w0, [x0]; ldr x0, [x0]
  load: (size) => encode(size === 1 ? 0x39400000 : 0xf9400000),
  // strb w0, [x1]; str x0, [x1]
  store: (size) => encode(pop(HELPER), size === 1 ? 0x39000020 : 0xf9000020),
  // add x0, x1, x0; sub x0, x1, x0
  combine: (op) => encode(pop(HELPER), op === '+' ? 0x8b000020 : 0xcb000020),
  // cmp x1, x0
  compare: () => encode(pop(HELPER), 0xeb00003f),
  jumpBytes: 4,
  // b imm26; b.cond imm19; both count instructions from this one
  jump: (when, distance) =>
    when === 'always'
      ? encode(0x14000000 + ((distance / 4) & 0x3ffffff))
      : encode(0x54000000 + ((distance / 4) & 0x7ffff) * 32 + CONDITIONS[when]),
  // the arguments, the last first; mov x8, number; svc #0
  call: (number, argumentCount) =>
    encode(
      ...Array.from({ length: argumentCount }, (_, index) => pop(argumentCount - 1 - index)),
      ...move(CALL_NUMBER, BigInt(number)),
      0xd4000001,
    ),
};
