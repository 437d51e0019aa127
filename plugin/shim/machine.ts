/** What a processor is to the compiler: the words of one accumulator and a stack, as bytes. Pure. */
import type { Comparison } from './language.ts';

/**
 * A processor. There is one accumulator; `popped` is what was pushed last.
 * Shape: every function returns instructions, as bytes; `jump` returns one of `jumpBytes` for a target that is so many
 * bytes away from its own start.
 * Source: the ELF machine numbers of include/uapi/linux/elf-em.h.
 */
export type Machine = {
  readonly name: 'x64' | 'arm64';
  readonly elfMachine: number;
  /** Stores the stack pointer at the address. */
  start(at: number): readonly number[];
  /** Puts the number into the accumulator. */
  number(value: bigint): readonly number[];
  push(): readonly number[];
  /** Replaces the accumulator, an address, by what is there. */
  load(size: 1 | 8): readonly number[];
  /** Writes the accumulator to the address that was pushed. */
  store(size: 1 | 8): readonly number[];
  /** Makes the accumulator `popped` plus or minus itself. */
  combine(op: '+' | '-'): readonly number[];
  /** Compares `popped` with the accumulator, for the jump that follows. */
  compare(): readonly number[];
  readonly jumpBytes: number;
  jump(when: Comparison | 'always', distance: number): readonly number[];
  /** Calls the kernel with what was pushed last as arguments, in the order of pushing; its answer is in the accumulator. */
  call(number: number, argumentCount: number): readonly number[];
};

/** Returns the bytes of a number, the least significant first. */
export function littleEndian(value: bigint, byteCount: number): readonly number[] {
  const bits = BigInt.asUintN(byteCount * 8, value);
  return Array.from({ length: byteCount }, (_, index) => Number((bits >> BigInt(index * 8)) & 0xffn));
}
