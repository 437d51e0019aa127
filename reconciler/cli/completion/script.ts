/** The completion script of a shell, from the definitions of the verbs. Pure. */
import type { Command } from 'commander';
import type { SHELLS } from '../verbs/help/commands-help.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { shapeOf } from './shape.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Returns the script that completes every verb and option of the program. */
export function completionScript(program: Command, shell: (typeof SHELLS)[number]): string {
  return SCRIPTS[shell](shapeOf(program));
}
