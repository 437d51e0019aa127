/** Strings with a zero byte at their end, in the small language: finding, comparing, copying. Pure. */
import {
  byteAt,
  minus,
  plus,
  set,
  type Statement,
  storeByte,
  text,
  type Value,
  when,
  whilst,
  wordAt,
  type Written,
} from './language.ts';

/** Where the program's arguments and variables are: cells that readStack() sets. */
export const STACK = {
  /** The stack pointer of the start. */
  pointer: 'stack',
  argumentCount: 'argument count',
  argumentValues: 'argument values',
  /** Addresses of strings, up to a zero. */
  variables: 'variables',
  /** The first string's address, and the one behind the last string. */
  blockStart: 'block start',
  blockEnd: 'block end',
} as const;

/** Returns statements that set `cell` to the address behind the string that begins at the address, its zero byte included. */
export function findEnd(cell: string, start: Written): readonly Statement[] {
  return [
    set(cell, start),
    whilst([byteAt(cell), '!=', 0], set(cell, plus(cell, 1))),
    set(cell, plus(cell, 1)),
  ];
}

/** Returns statements that do the others where the bytes at the address begin with the text. */
export function whenBegins(
  at: Written,
  content: string,
  ...body: readonly Statement[]
): readonly Statement[] {
  const length = new TextEncoder().encode(content).length;
  return [
    set('index', 0),
    whilst(
      ['index', '<', length],
      // Further than the end: not the same.
      when([byteAt(plus(at, 'index')), '!=', byteAt(plus(text(content), 'index'))], set('index', length)),
      set('index', plus('index', 1)),
    ),
    when(['index', '==', length], ...body),
  ];
}

/**
 * Returns statements that copy the string, its zero byte included, to where the cell points, which then points at that
 * zero byte: what is copied next continues it.
 */
export function appendText(cell: string, from: Written): readonly Statement[] {
  return [
    set('copied', from),
    whilst(
      [byteAt('copied'), '!=', 0],
      storeByte(cell, byteAt('copied')),
      set(cell, plus(cell, 1)),
      set('copied', plus('copied', 1)),
    ),
    storeByte(cell, 0),
  ];
}

const SLASH = 0x2f;

/** Returns statements that set `cell` to where the last part of the path begins: behind its last slash. */
export function findLastPart(cell: string, path: Written): readonly Statement[] {
  return [
    set(cell, path),
    set('at', path),
    whilst(
      [byteAt('at'), '!=', 0],
      set('at', plus('at', 1)),
      when([byteAt(minus('at', 1)), '==', SLASH], set(cell, 'at')),
    ),
  ];
}

/** Returns statements that leave out the slashes before the address in `cell`, which is behind the end of a path. */
export function trimSlashes(cell: string): readonly Statement[] {
  return [whilst([byteAt(minus(cell, 1)), '==', SLASH], set(cell, minus(cell, 1)))];
}

/** Returns statements that copy the bytes from one address up to another to where the cell points, which then points behind them. */
export function appendBytes(cell: string, from: Written, end: Written): readonly Statement[] {
  return [
    set('copied', from),
    whilst(
      ['copied', '<', end],
      storeByte(cell, byteAt('copied')),
      set(cell, plus(cell, 1)),
      set('copied', plus('copied', 1)),
    ),
  ];
}

/** Returns statements that find arguments and variables. Source: the System V ABI, "Process Initialization". */
export function readStack(): readonly Statement[] {
  return [
    set(STACK.argumentCount, wordAt(STACK.pointer)),
    set(STACK.argumentValues, plus(STACK.pointer, 8)),
    set(STACK.variables, STACK.argumentValues),
    whilst([wordAt(STACK.variables), '!=', 0], set(STACK.variables, plus(STACK.variables, 8))),
    set(STACK.variables, plus(STACK.variables, 8)),
  ];
}

/**
 * Returns statements that set a cell to the address of each variable's value, which stays zero for one that is not there,
 * and find the block of all of them.
 * Shape: cells by the names of variables. Of a variable that is there twice the first counts.
 */
export function readVariables(cells: Readonly<Record<string, string>>): readonly Statement[] {
  const found = Object.entries(cells).flatMap(([name, cell]) =>
    whenBegins(variable, `${name}=`, when([cell, '==', 0], set(cell, plus(variable, name.length + 1)))),
  );
  return eachVariable(
    when([STACK.blockStart, '==', 0], set(STACK.blockStart, variable)),
    ...found,
    ...findEnd(STACK.blockEnd, variable),
  );
}

/** The address of the string that a loop over the variables is at. */
export const variable: Value = wordAt('entry');

/** Returns statements that do the others once for each variable. */
export function eachVariable(...body: readonly Statement[]): readonly Statement[] {
  return [
    set('entry', STACK.variables),
    whilst([variable, '!=', 0], ...body, set('entry', plus('entry', 8))),
  ];
}
