/**
 * The small language in which the plugin's first executable is written: numbers, memory, comparisons and system calls of
 * Linux, as values of TypeScript, from which compile.ts makes machine code. Pure.
 * A JavaScript engine takes longer to start than a whole CNI call may take; a program of this language starts as fast as
 * the kernel can start one.
 */

/** A number of 64 bits. Shape: `cell` is what a variable holds; `address` and `text` are where a buffer or constant is. */
export type Value =
  | { readonly op: 'number'; readonly value: bigint }
  | { readonly op: 'cell'; readonly name: string }
  | { readonly op: 'address'; readonly of: string }
  | { readonly op: 'text'; readonly text: string }
  | { readonly op: 'byte' | 'word'; readonly at: Value }
  | { readonly op: '+' | '-'; readonly left: Value; readonly right: Value }
  | { readonly op: 'call'; readonly call: SystemCall; readonly args: readonly Value[] };

/** How two numbers compare, both signed. */
export type Comparison = '==' | '!=' | '<' | '>=' | '>' | '<=';

/** What is true or false. */
export type Condition = { readonly left: Value; readonly is: Comparison; readonly right: Value };

/** What is done. Shape: `store` writes 1 byte or a word of 8; `do` is for what a system call does, not what it returns. */
export type Statement =
  | { readonly op: 'set'; readonly name: string; readonly value: Value }
  | { readonly op: 'store'; readonly size: 1 | 8; readonly at: Value; readonly value: Value }
  | { readonly op: 'do'; readonly value: Value }
  | { readonly op: 'if'; readonly condition: Condition; readonly body: readonly Statement[] }
  | { readonly op: 'while'; readonly condition: Condition; readonly body: readonly Statement[] };

/**
 * A program. Shape: `buffers` are memory that is zero at the start, by size; every cell that is named exists, and is zero.
 * `stack` names the cell that gets the stack pointer of the start, where argc, argv and the environment are.
 * Units: bytes.
 */
export type Program = {
  readonly buffers: Readonly<Record<string, number>>;
  readonly stack: string;
  readonly body: readonly Statement[];
};

/** The system calls that the language knows. */
export type SystemCall = keyof typeof SYSTEM_CALLS;

/** Their numbers. Source: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (arm64). */
export const SYSTEM_CALLS = {
  read: { x64: 0, arm64: 63 },
  write: { x64: 1, arm64: 64 },
  lseek: { x64: 8, arm64: 62 },
  socket: { x64: 41, arm64: 198 },
  connect: { x64: 42, arm64: 203 },
  sendto: { x64: 44, arm64: 206 },
  recvfrom: { x64: 45, arm64: 207 },
  sendmsg: { x64: 46, arm64: 211 },
  setsockopt: { x64: 54, arm64: 208 },
  execve: { x64: 59, arm64: 221 },
  exit_group: { x64: 231, arm64: 94 },
  ppoll: { x64: 271, arm64: 73 },
  newfstatat: { x64: 262, arm64: 79 },
  readlinkat: { x64: 267, arm64: 78 },
  dup3: { x64: 292, arm64: 24 },
  memfd_create: { x64: 319, arm64: 279 },
} as const;

/** Values may be written as numbers, and as the names of cells. */
export type Written = Value | number | string;

/** Returns the value that is meant: a number is itself, a string the cell of that name. */
export function valueOf(written: Written): Value {
  if (typeof written === 'number') return { op: 'number', value: BigInt(written) };
  return typeof written === 'string' ? { op: 'cell', name: written } : written;
}

/** Returns the address of the buffer, or one that is so many bytes further. */
export const addressOf = (of: string, offset: Written = 0): Value =>
  offset === 0 ? { op: 'address', of } : plus({ op: 'address', of }, offset);

/** Returns the address of the text, which ends with a zero byte. */
export const text = (content: string): Value => ({ op: 'text', text: content });

/** Returns the sum; what does not fit into 64 bits is cut off. */
export const plus = (left: Written, right: Written): Value => ({
  op: '+',
  left: valueOf(left),
  right: valueOf(right),
});

/** Returns the difference; what does not fit into 64 bits is cut off. */
export const minus = (left: Written, right: Written): Value => ({
  op: '-',
  left: valueOf(left),
  right: valueOf(right),
});

/** Returns the byte at the address. */
export const byteAt = (at: Written): Value => ({ op: 'byte', at: valueOf(at) });

/** Returns the 8 bytes at the address, the least significant first. */
export const wordAt = (at: Written): Value => ({ op: 'word', at: valueOf(at) });

/** Returns what the system call returns: `-errno` where it fails. */
export const call = (name: SystemCall, ...args: readonly Written[]): Value => ({
  op: 'call',
  call: name,
  args: args.map(valueOf),
});

/** Returns a statement that gives the cell the value. */
export const set = (name: string, value: Written): Statement => ({ op: 'set', name, value: valueOf(value) });

/** Returns a statement that writes the lowest byte of the value to the address. */
export const storeByte = (at: Written, value: Written): Statement => ({
  op: 'store',
  size: 1,
  at: valueOf(at),
  value: valueOf(value),
});

/** Returns a statement that writes the 8 bytes of the value to the address, the least significant first. */
export const storeWord = (at: Written, value: Written): Statement => ({
  op: 'store',
  size: 8,
  at: valueOf(at),
  value: valueOf(value),
});

/** Returns a statement that makes the system call, whatever it returns. */
export const run = (value: Value): Statement => ({ op: 'do', value });

/** Returns a statement that does the others where the comparison holds. */
export const when = (
  [left, is, right]: readonly [Written, Comparison, Written],
  ...body: readonly Statement[]
): Statement => ({ op: 'if', condition: { left: valueOf(left), is, right: valueOf(right) }, body });

/** Returns a statement that does the others for as long as the comparison holds. */
export const whilst = (
  [left, is, right]: readonly [Written, Comparison, Written],
  ...body: readonly Statement[]
): Statement => ({ op: 'while', condition: { left: valueOf(left), is, right: valueOf(right) }, body });
