/** `vnet completion`. */
import { EXIT } from '../../../app/exit-codes.ts';
import { ok } from '../../../model/result.ts';
import type { Verb } from '../../verb.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Prints the completion script of a shell. */
export const completionVerb: Verb<{ readonly shell: (typeof SHELLS)[number] }> = {
  describe: (command, choose) =>
    command
      .description('print a completion script for vnet and reconcile')
      .addArgument(command.createArgument('<shell>', 'the shell').choices(SHELLS))
      .action((shell: (typeof SHELLS)[number]) => choose({ shell })),
  run: async ({ output }, { shell }) => {
    const { SCRIPTS } = await import('../../completion/scripts.ts');
    output.print(SCRIPTS[shell].trimEnd());
    return ok(EXIT.done);
  },
  manual: {
    group: 'Help',
    writes: 'nothing',
    examples: [
      [
        'vnet completion bash > /usr/share/bash-completion/completions/vnet',
        'for all users, from the next shell on',
      ],
      ['vnet completion zsh > /usr/share/zsh/vendor-completions/_vnet', 'the same for zsh'],
      ['vnet completion fish > /usr/share/fish/vendor_completions.d/vnet.fish', 'the same for fish'],
    ],
    exits: ['done'],
    more: [
      'For the current shell only: source <(vnet completion bash). The script asks vnet for verbs, options, choices, and the pods, addresses, generations and networks of the document. The kernel is not read.',
    ],
  },
};
