/** The file format of Linux's executables. Pure. */
import { littleEndian } from './machine.ts';

/**
 * What an executable consists of.
 * Shape: the whole file is mapped at `address`, its `content` behind the headers; `memoryBytes` of memory are zero at the start.
 */
export type Executable = {
  readonly elfMachine: number;
  readonly address: number;
  readonly entry: number;
  readonly content: Uint8Array;
  readonly memoryAddress: number;
  readonly memoryBytes: number;
};

const FILE_HEADER_BYTES = 64;
const SEGMENT_HEADER_BYTES = 56;
const SEGMENTS = 3;

/** What stands before the content. Units: bytes, a multiple of 16. */
export const ELF_HEADER_BYTES = 240;

/** Segments may begin at multiples of it on every machine. */
const PAGE_BYTES = 0x10000;

/** "\x7fELF", 64 bits, little-endian, version 1. */
const IDENTIFICATION = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const [PT_LOAD, PT_GNU_STACK] = [1, 0x6474e551];
const [EXECUTE, WRITE, READ] = [1, 2, 4];

/**
 * Returns the file: statically linked, code that can't be written, memory and a stack that can't be executed.
 * Source: elf(5).
 */
export function renderElf({ elfMachine, entry, address, content, ...memory }: Executable): Uint8Array {
  const fileBytes = ELF_HEADER_BYTES + content.length;
  const header = [
    ...IDENTIFICATION,
    ...[fixed(2, 2), fixed(elfMachine, 2), fixed(1, 4)].flat(),
    ...[fixed(entry, 8), fixed(FILE_HEADER_BYTES, 8), fixed(0, 8), fixed(0, 4)].flat(),
    ...[FILE_HEADER_BYTES, SEGMENT_HEADER_BYTES, SEGMENTS, 0, 0, 0].flatMap((value) => fixed(value, 2)),
  ];
  const segments = [
    renderSegment(PT_LOAD, READ + EXECUTE, { address, fileBytes, memoryBytes: fileBytes }),
    // A segment with nothing from the file is not mapped by every kernel: it begins with the headers, which nobody reads.
    renderSegment(PT_LOAD, READ + WRITE, {
      address: memory.memoryAddress - PAGE_BYTES,
      fileBytes: FILE_HEADER_BYTES,
      memoryBytes: PAGE_BYTES + memory.memoryBytes,
    }),
    renderSegment(PT_GNU_STACK, READ + WRITE, { address: 0, fileBytes: 0, memoryBytes: 0 }),
  ];
  const file = new Uint8Array(fileBytes);
  file.set([...header, ...segments.flat()]);
  file.set(content, ELF_HEADER_BYTES);
  return file;
}

function fixed(value: number, byteCount: number): readonly number[] {
  return littleEndian(BigInt(value), byteCount);
}

function renderSegment(
  type: number,
  flags: number,
  { address, fileBytes, memoryBytes }: { address: number; fileBytes: number; memoryBytes: number },
): readonly number[] {
  return [
    ...[fixed(type, 4), fixed(flags, 4), fixed(0, 8)].flat(),
    ...[address, address, fileBytes, memoryBytes, PAGE_BYTES].flatMap((value) => fixed(value, 8)),
  ];
}
