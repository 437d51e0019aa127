/** From a program of the small language to an executable. Pure. */
import { ELF_HEADER_BYTES, renderElf } from './elf.ts';
import {
  type Comparison,
  type Condition,
  type Program,
  type Statement,
  SYSTEM_CALLS,
  type Value,
} from './language.ts';
import type { Machine } from './machine.ts';

/** Where the file is mapped, and where the memory begins: far enough apart for pages of 64 KiB. */
const FILE_ADDRESS = 0x400000;
const MEMORY_ADDRESS = 0x10000000;
const WORD_BYTES = 8;
/** Instructions of every machine, and words, may begin there. */
const ALIGNMENT_BYTES = 16;

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** Addresses by name. Shape: `next` is the one that is still free. */
type Places = { readonly at: Map<string, number>; next: number };

/** What has been made so far. */
type Work = {
  readonly machine: Machine;
  readonly code: number[];
  readonly texts: Places;
  readonly memory: Places;
};

/**
 * Returns the executable: it needs no library and no interpreter.
 * Errors: throws (a Bug) for a buffer that is not declared.
 * Law: its exit code, its output and its calls of the kernel are what the program says, on each machine.
 */
export function compileProgram(program: Program, machine: Machine): Uint8Array {
  const work: Work = {
    machine,
    code: [],
    texts: { at: new Map(), next: FILE_ADDRESS + ELF_HEADER_BYTES },
    memory: { at: new Map(), next: MEMORY_ADDRESS },
  };
  for (const [name, byteCount] of Object.entries(program.buffers))
    placeOf(work.memory, `buffer ${name}`, byteCount);
  work.code.push(...machine.start(addressOfCell(work, program.stack)));
  emitBody(work, program.body);
  const texts = renderTexts(work.texts);
  return renderElf({
    elfMachine: machine.elfMachine,
    address: FILE_ADDRESS,
    entry: FILE_ADDRESS + ELF_HEADER_BYTES + texts.length,
    content: Uint8Array.from([...texts, ...work.code]),
    memoryAddress: MEMORY_ADDRESS,
    memoryBytes: work.memory.next - MEMORY_ADDRESS,
  });
}

function align(address: number): number {
  return Math.ceil(address / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

function placeOf(places: Places, name: string, byteCount: number): number {
  const there = places.at.get(name);
  if (there !== undefined) return there;
  const address = places.next;
  places.at.set(name, address);
  places.next = align(address + byteCount);
  return address;
}

function addressOfCell({ memory }: Work, name: string): number {
  return placeOf(memory, `cell ${name}`, WORD_BYTES);
}

function addressOfBuffer({ memory }: Work, name: string): number {
  const address = memory.at.get(`buffer ${name}`);
  if (address === undefined) throw new Error(`the program has no buffer "${name}"`);
  return address;
}

function addressOfText({ texts }: Work, content: string): number {
  return placeOf(texts, content, new TextEncoder().encode(content).length + 1);
}

/** In the order in which they got their places, each with its zero byte. */
function renderTexts({ at }: Places): readonly number[] {
  return Array.from(at.keys()).flatMap((content) => {
    const bytes = new TextEncoder().encode(content);
    return Array.from({ length: align(bytes.length + 1) }, (_, index) => bytes[index] ?? 0);
  });
}

function emitBody(work: Work, body: readonly Statement[]): void {
  for (const statement of body) emitStatement(work, statement);
}

function emitStatement(work: Work, statement: Statement): void {
  const { machine, code } = work;
  switch (statement.op) {
    case 'set':
      return emitStore(
        work,
        { op: 'number', value: BigInt(addressOfCell(work, statement.name)) },
        statement.value,
        8,
      );
    case 'store':
      return emitStore(work, statement.at, statement.value, statement.size);
    case 'do':
      return emitValue(work, statement.value);
    case 'if':
      return emitUnless(work, statement.condition, () => emitBody(work, statement.body));
    case 'while': {
      const start = code.length;
      return emitUnless(work, statement.condition, () => {
        emitBody(work, statement.body);
        code.push(...machine.jump('always', start - code.length));
      });
    }
  }
}

/** The place of the jump over the body is kept until the body's length is known. */
function emitUnless(work: Work, { left, is, right }: Condition, emitInside: () => void): void {
  const { machine, code } = work;
  emitPair(work, left, right);
  code.push(...machine.compare());
  const jumpAt = code.length;
  code.push(...Array.from({ length: machine.jumpBytes }, () => 0));
  emitInside();
  code.splice(jumpAt, machine.jumpBytes, ...machine.jump(OPPOSITE[is], code.length - jumpAt));
}

function emitStore(work: Work, at: Value, value: Value, size: 1 | 8): void {
  emitPair(work, at, value);
  work.code.push(...work.machine.store(size));
}

/** Leaves the first on the stack, and the second in the accumulator. */
function emitPair(work: Work, first: Value, second: Value): void {
  emitValue(work, first);
  work.code.push(...work.machine.push());
  emitValue(work, second);
}

function emitValue(work: Work, value: Value): void {
  const { machine, code } = work;
  switch (value.op) {
    case 'number':
      return void code.push(...machine.number(value.value));
    case 'cell':
      return void code.push(...machine.number(BigInt(addressOfCell(work, value.name))), ...machine.load(8));
    case 'address':
      return void code.push(...machine.number(BigInt(addressOfBuffer(work, value.of))));
    case 'text':
      return void code.push(...machine.number(BigInt(addressOfText(work, value.text))));
    case 'byte':
    case 'word':
      emitValue(work, value.at);
      return void code.push(...machine.load(value.op === 'byte' ? 1 : 8));
    case '+':
    case '-':
      emitPair(work, value.left, value.right);
      return void code.push(...machine.combine(value.op));
    case 'call':
      for (const argument of value.args) {
        emitValue(work, argument);
        code.push(...machine.push());
      }
      return void code.push(...machine.call(SYSTEM_CALLS[value.call][machine.name], value.args.length));
  }
}
