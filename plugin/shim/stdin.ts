/** Stdin in the small language: read, and given back to the program that the shim becomes. Pure. */
import { ERRNO } from '../../reconciler/model/sys.ts';
import { fail } from './fail.ts';
import {
  addressOf,
  call,
  minus,
  plus,
  run,
  set,
  type Statement,
  storeByte,
  text,
  when,
  whilst,
  type Written,
} from './language.ts';

/** What stdin is read into. Shape: a buffer, its size, and the cell that has how much of it is used. */
export type StdinBuffer = { readonly buffer: string; readonly size: number; readonly used: string };

/** The memory of these statements. */
export const STDIN_BUFFERS = { 'poll request': 8 };

const [MFD_CLOEXEC, SEEK_SET, POLLIN] = [1, 0, 1];

/** Returns statements that read to the end of stdin, or until the buffer is full. */
export function readStdin({ buffer, size, used }: StdinBuffer): readonly Statement[] {
  return [
    set('count', 1),
    whilst(
      ['count', '>', 0],
      ...readSome(addressOf(buffer, used), minus(size, used)),
      when(['count', '>', 0], set(used, plus(used, 'count'))),
    ),
  ];
}

/** Returns statements after which stdin has again what was read of it, and whatever still comes: it is a file then. */
export function giveBack({ buffer, size, used }: StdinBuffer): readonly Statement[] {
  return [
    set('file', call('memfd_create', text('stdin'), MFD_CLOEXEC)),
    whilst(
      [used, '>', 0],
      set('written', 0),
      whilst(
        ['written', '<', used],
        set('count', call('write', 'file', addressOf(buffer, 'written'), minus(used, 'written'))),
        when(['count', '<=', 0], ...fail('stdin could not be handed on to vnet', 'Is there memory left?')),
        set('written', plus('written', 'count')),
      ),
      ...readSome(addressOf(buffer), size),
      set(used, 'count'),
    ),
    run(call('lseek', 'file', 0, SEEK_SET)),
    run(call('dup3', 'file', 0, 0)),
  ];
}

/** Sets `count` to what read(2) returned; waits where stdin does not block. Source: poll(2), struct pollfd. */
function readSome(to: Written, size: Written): readonly Statement[] {
  const read = set('count', call('read', 0, to, size));
  const request = addressOf('poll request');
  return [
    read,
    whilst(
      ['count', '==', -ERRNO.EAGAIN],
      storeByte(plus(request, 4), POLLIN),
      run(call('ppoll', request, 1, 0, 0)),
      read,
    ),
  ];
}
