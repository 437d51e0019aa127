/**
 * The executable that container runtimes start as azure-vnet and azure-vnet-ipam, in the small language: it hands the call to
 * the resident process (`vnet watch`) and prints its answer. Whenever it can't (nobody listens, or another build, or one that
 * sees other namespaces, or it dies, or is too slow), and for whatever is no CNI call, it becomes the program `vnet` beside
 * it, which does the call itself: every verb is idempotent. Pure: a value.
 */
import { ERRNO, FLAGS } from '../../reconciler/model/sys.ts';
import {
  ANSWER_HEADER_BYTES,
  CALL_FORMAT,
  CALL_HEADER_BYTES,
  type CallWord,
  callSocketPath,
  GO,
  offsetOfWord,
  OWN_NETNS_PATH,
  TAKEN,
  WORD_BYTES,
} from '../call-message.ts';
import { BECOME_BUFFERS, becomeProgram, CURRENT_FOLDER, findProgram } from './become.ts';
import {
  addressOf,
  byteAt,
  call,
  minus,
  plus,
  type Program,
  run,
  set,
  type Statement,
  storeByte,
  storeWord,
  text,
  type Value,
  when,
  whilst,
  wordAt,
  type Written,
} from './language.ts';
import { readStdin } from './stdin.ts';
import {
  appendBytes,
  appendText,
  findEnd,
  findLastPart,
  readStack,
  readVariables,
  STACK,
  trimSlashes,
  whenBegins,
} from './strings.ts';

/** How long the resident process may take to say that it has the call: longer than a round of 1000 pods. */
const TAKE_TIMEOUT_S = 2;
/** How long it may take to answer: longer than an ADD that asks the host endpoint and waits for its locks. */
const ANSWER_TIMEOUT_S = 90;

/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 107;
/** What a runtime sends, or is answered, is far less. */
const STDIN_BYTES = 1024 * 1024;
const ANSWER_BYTES = 1024 * 1024;
const STDIN = { buffer: 'stdin', size: STDIN_BYTES, used: 'stdin bytes' } as const;

/** The variables that matter here, and the cells for their values. */
const VARIABLES = {
  CNI_COMMAND: 'command',
  CNI_NETNS: 'netns',
  VNET_ROOT: 'root',
  VNET_DIRECT: 'direct',
  VNET_SIMULATED_KERNEL: 'simulated',
};

/** The program. VNET_DIRECT keeps a call from the resident process, as does a simulated kernel, which is one process's. */
export const SHIM: Program = {
  stack: STACK.pointer,
  buffers: {
    ...BECOME_BUFFERS,
    address: 2 + SUN_PATH_BYTES + 1,
    call: CALL_HEADER_BYTES,
    status: 256,
    vectors: 4 * 2 * WORD_BYTES,
    message: 7 * WORD_BYTES,
    timeout: 2 * WORD_BYTES,
    byte: 1,
    stdin: STDIN_BYTES,
    answer: ANSWER_BYTES,
  },
  body: [
    ...readStack(),
    ...findProgram(),
    ...readVariables(VARIABLES),
    when(
      ['command', '!=', 0],
      when(
        [byteAt('command'), '!=', 0],
        when(['direct', '==', 0], when(['simulated', '==', 0], ...unlessArguments())),
      ),
    ),
    ...becomeProgram(STDIN),
  ],
};

/** With arguments it is somebody who asks for the version or for help; under another name it is the command line. */
function unlessArguments(): readonly Statement[] {
  return [
    ...findLastPart('name', wordAt(STACK.argumentValues)),
    when([STACK.argumentCount, '==', 1], ...whenBegins('name', 'azure-vnet', ...connect())),
  ];
}

/** A socket's path has a root before it, without the slashes at its end; one that is too long has no socket. */
function connect(): readonly Statement[] {
  const tail = callSocketPath('/run/vnet');
  return [
    when(['root', '==', 0], set('root', text(''))),
    ...findEnd('end', 'root'),
    set('end', minus('end', 1)),
    // Ends at the byte before the root at the latest, where the variable's "=" is.
    ...trimSlashes('end'),
    when(
      [minus('end', 'root'), '<=', SUN_PATH_BYTES - tail.length],
      storeByte(addressOf('address'), FLAGS.AF_UNIX),
      set('to', addressOf('address', 2)),
      ...appendBytes('to', 'root', 'end'),
      ...appendText('to', text(tail)),
      set('socket', call('socket', FLAGS.AF_UNIX, FLAGS.SOCK_STREAM + FLAGS.SOCK_CLOEXEC, 0)),
      when(
        [
          call('connect', 'socket', addressOf('address'), minus(plus('to', 1), addressOf('address'))),
          '==',
          0,
        ],
        ...exchange(),
      ),
    ),
  ];
}

/** Whatever goes wrong leads out of it, to where the call is done without help. */
function exchange(): readonly Statement[] {
  return [
    set('reads stdin', 1),
    // A runtime may ask for the version without anything on stdin, and leave it open.
    ...whenBegins('command', 'VERSION', set('reads stdin', 0)),
    when(['reads stdin', '==', 1], ...readStdin(STDIN)),
    when(
      [STDIN.used, '<', STDIN.size],
      ...describeCall(),
      ...setTimeouts(TAKE_TIMEOUT_S),
      when(
        [call('sendmsg', 'socket', addressOf('message'), FLAGS.MSG_NOSIGNAL), '==', 'sent bytes'],
        ...receive('byte', 1),
        when(['count', '==', 1], when([byteAt(addressOf('byte')), '==', TAKEN], ...receiveAnswer())),
      ),
    ),
  ];
}

/** The words of the call, and one message of it and of name, variables and stdin. Source: sendmsg(2), struct msghdr. */
function describeCall(): readonly Statement[] {
  return [
    ...findEnd('name end', wordAt(STACK.argumentValues)),
    storeWord(callWord('format'), CALL_FORMAT),
    ...identify(addressOf('program'), 'programDevice', 'programInode'),
    ...identify(text(OWN_NETNS_PATH), 'netnsDevice', 'netnsInode'),
    when(['netns', '!=', 0], ...identify('netns', 'podDevice', 'podInode')),
    storeWord(callWord('nameBytes'), minus(minus('name end', 1), wordAt(STACK.argumentValues))),
    storeWord(callWord('environmentBytes'), minus(STACK.blockEnd, STACK.blockStart)),
    storeWord(callWord('stdinBytes'), STDIN.used),
    ...addVector(0, addressOf('call'), CALL_HEADER_BYTES),
    ...addVector(1, wordAt(STACK.argumentValues), wordAt(callWord('nameBytes'))),
    ...addVector(2, STACK.blockStart, wordAt(callWord('environmentBytes'))),
    ...addVector(3, addressOf('stdin'), STDIN.used),
    storeWord(addressOf('message', 2 * WORD_BYTES), addressOf('vectors')),
    storeWord(addressOf('message', 3 * WORD_BYTES), 4),
  ];
}

function callWord(word: CallWord): Value {
  return addressOf('call', offsetOfWord(word));
}

/** What can't be reached is nothing. Source: stat(2); device and inode are the first words on every machine of ours. */
function identify(path: Written, device: CallWord, inode: CallWord): readonly Statement[] {
  const status = addressOf('status');
  return [
    when(
      [call('newfstatat', CURRENT_FOLDER, path, status, 0), '==', 0],
      storeWord(callWord(device), wordAt(status)),
      storeWord(callWord(inode), wordAt(plus(status, WORD_BYTES))),
    ),
  ];
}

/** Source: readv(2), struct iovec. */
function addVector(index: number, start: Written, length: Written): readonly Statement[] {
  const at = index * 2 * WORD_BYTES;
  return [
    storeWord(addressOf('vectors', at), start),
    storeWord(addressOf('vectors', at + WORD_BYTES), length),
    set('sent bytes', plus('sent bytes', length)),
  ];
}

/** Source: socket(7), SO_RCVTIMEO: a struct timeval. */
function setTimeouts(seconds: number): readonly Statement[] {
  const timeout = addressOf('timeout');
  return [
    storeWord(timeout, seconds),
    ...[FLAGS.SO_RCVTIMEO, FLAGS.SO_SNDTIMEO].map((name) =>
      run(call('setsockopt', 'socket', FLAGS.SOL_SOCKET, name, timeout, 2 * WORD_BYTES)),
    ),
  ];
}

/** Sets `count` to what recv(2) returned; with a timeout it fails with EINTR where a stopped process goes on. */
function receive(buffer: string, size: Written, from: Written = 0): readonly Statement[] {
  const read = set('count', call('recvfrom', 'socket', addressOf(buffer, from), size, 0, 0, 0));
  return [read, whilst(['count', '==', -ERRNO.EINTR], read)];
}

function answerWord(index: number): Value {
  return wordAt(addressOf('answer', index * WORD_BYTES));
}

/** Nothing is printed before all of it is here: until then the call can still be done without help. */
function receiveAnswer(): readonly Statement[] {
  const output = addressOf('answer', ANSWER_HEADER_BYTES);
  return [
    ...setTimeouts(ANSWER_TIMEOUT_S),
    storeByte(addressOf('byte'), GO),
    run(call('sendto', 'socket', addressOf('byte'), 1, FLAGS.MSG_NOSIGNAL, 0, 0)),
    set('count', 1),
    whilst(
      ['count', '>', 0],
      ...receive('answer', minus(ANSWER_BYTES, 'received'), 'received'),
      when(['count', '>', 0], set('received', plus('received', 'count'))),
      when(
        ['received', '>=', ANSWER_HEADER_BYTES],
        when(
          ['received', '==', plus(plus(answerWord(1), answerWord(2)), ANSWER_HEADER_BYTES)],
          ...writeAll(2, output, answerWord(1)),
          ...writeAll(1, plus(output, answerWord(1)), answerWord(2)),
          run(call('exit_group', answerWord(0))),
        ),
      ),
    ),
  ];
}

/** A reader that has gone away is its own affair. */
function writeAll(descriptor: 1 | 2, start: Written, length: Written): readonly Statement[] {
  return [
    set('written', 0),
    set('count', 1),
    whilst(
      ['count', '>', 0],
      set('count', 0),
      when(
        ['written', '<', length],
        set('count', call('write', descriptor, plus(start, 'written'), minus(length, 'written'))),
      ),
      set('written', plus('written', 'count')),
    ),
  ];
}
