/** How the shim becomes the program beside it, in the small language, with the stdin that it may have read already. Pure. */
import { ROLE_VARIABLE } from '../call-message.ts';
import { fail } from './fail.ts';
import {
  addressOf,
  call,
  minus,
  plus,
  run,
  set,
  type Statement,
  storeWord,
  text,
  when,
  wordAt,
} from './language.ts';
import { giveBack, STDIN_BUFFERS, type StdinBuffer } from './stdin.ts';
import { appendText, eachVariable, findLastPart, STACK, variable, whenBegins } from './strings.ts';

/** The program's file, in the folder of the shim. */
const PROGRAM = 'vnet';

/** Paths are those of the current folder. Source: fcntl.h, AT_FDCWD. */
export const CURRENT_FOLDER = -100;

const PATH_BYTES = 4096;
/** The longest argument. Source: linux/binfmts.h, MAX_ARG_STRLEN. */
const ARGUMENT_BYTES = 131_072;
/** No more than this may be arguments and variables, their addresses included. Source: fs/exec.c, bprm_stack_limits(). */
const ARGUMENTS_BYTES = 6 * 1024 * 1024;

/** The memory of these statements. Shape: `program` gets the path of the program, and is large enough for any. */
export const BECOME_BUFFERS = {
  ...STDIN_BUFFERS,
  program: PATH_BYTES + 64,
  'called as': ARGUMENT_BYTES + 64,
  environment: ARGUMENTS_BYTES + 64,
};

/** Returns statements that put the program's path into its buffer: that of the shim with another last part. */
export function findProgram(): readonly Statement[] {
  const path = addressOf('program');
  return [
    // Without /proc the path stays empty, which starts nothing: the current folder is nobody's to decide.
    when(
      [call('readlinkat', CURRENT_FOLDER, text('/proc/self/exe'), path, PATH_BYTES), '>', 0],
      ...findLastPart('end', path),
      ...appendText('end', text(PROGRAM)),
    ),
  ];
}

/** Returns statements after which the program runs in place of the shim, or has been said to be missing. */
export function becomeProgram(stdin: StdinBuffer): readonly Statement[] {
  return [
    when([stdin.used, '>', 0], ...giveBack(stdin)),
    ...copyVariables(),
    run(call('execve', addressOf('program'), STACK.argumentValues, addressOf('environment'))),
    ...fail(
      "vnet's program can't be started: it belongs in the folder of this plugin, under the name vnet",
      'install -m 0755 dist/bin/vnet /opt/cni/bin/vnet',
    ),
  ];
}

/** The same variables, and first the name under which we were called; one of that name from elsewhere is left out. */
function copyVariables(): readonly Statement[] {
  return [
    set('end', addressOf('called as')),
    ...appendText('end', text(`${ROLE_VARIABLE}=`)),
    ...appendText('end', wordAt(STACK.argumentValues)),
    set('slot', addressOf('environment')),
    storeWord('slot', addressOf('called as')),
    ...eachVariable(
      set('slot', plus('slot', 8)),
      storeWord('slot', variable),
      ...whenBegins(variable, `${ROLE_VARIABLE}=`, storeWord('slot', 0), set('slot', minus('slot', 8))),
    ),
  ];
}
