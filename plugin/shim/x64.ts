/**
 * x86-64 as a Machine: the accumulator is rax, its helper rcx. Pure.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2; the System V ABI, appendix A.2.1 (calls of
 * the kernel: rdi, rsi, rdx, r10, r8, r9).
 */
import type { Comparison } from './language.ts';
import { littleEndian, type Machine } from './machine.ts';

const POP_RCX = [0x59];
const POP_ARGUMENT = [[0x5f], [0x5e], [0x5a], [0x41, 0x5a], [0x41, 0x58], [0x41, 0x59]];
const LARGEST_32_BITS = 0xffff_ffffn;

/** The second byte of `jcc rel32`. */
const CONDITIONS: Readonly<Record<Comparison, number>> = {
  '==': 0x84,
  '!=': 0x85,
  '<': 0x8c,
  '>=': 0x8d,
  '<=': 0x8e,
  '>': 0x8f,
};

const JUMP_BYTES = 6;

/** x86-64. */
export const x64: Machine = {
  name: 'x64',
  elfMachine: 62,
  // mov rax, imm64; mov [rax], rsp
  start: (at) => [0x48, 0xb8, ...littleEndian(BigInt(at), 8), 0x48, 0x89, 0x20],
  // mov eax, imm32 (the upper half becomes zero), or mov rax, imm64
  number: (value) =>
    value >= 0n && value <= LARGEST_32_BITS
      ? [0xb8, ...littleEndian(value, 4)]
      : [0x48, 0xb8, ...littleEndian(value, 8)],
  push: () => [0x50],
  // movzx eax, byte [rax]; mov rax, [rax]
  load: (size) => (size === 1 ? [0x0f, 0xb6, 0x00] : [0x48, 0x8b, 0x00]),
  // mov [rcx], al; mov [rcx], rax
  store: (size) => [...POP_RCX, ...(size === 1 ? [0x88, 0x01] : [0x48, 0x89, 0x01])],
  // add rax, rcx; sub rcx, rax and mov rax, rcx
  combine: (op) => [...POP_RCX, ...(op === '+' ? [0x48, 0x01, 0xc8] : [0x48, 0x29, 0xc1, 0x48, 0x89, 0xc8])],
  // cmp rcx, rax
  compare: () => [...POP_RCX, 0x48, 0x39, 0xc1],
  jumpBytes: JUMP_BYTES,
  // nop and jmp rel32, as long as jcc rel32; the distance counts from the end of the instruction
  jump: (when, distance) => [
    ...(when === 'always' ? [0x90, 0xe9] : [0x0f, CONDITIONS[when]]),
    ...littleEndian(BigInt(distance - JUMP_BYTES), 4),
  ],
  // pop the arguments, the last first; mov eax, number; syscall
  call: (number, argumentCount) => [
    ...POP_ARGUMENT.slice(0, argumentCount).toReversed().flat(),
    0xb8,
    ...littleEndian(BigInt(number), 4),
    0x0f,
    0x05,
  ],
};
