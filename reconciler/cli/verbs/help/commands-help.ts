/** The options of the verbs that help: completion, man, and complete, which shells ask. Nothing is done here. */
import type { Command } from 'commander';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What one of these verbs is asked. Shape: `complete` lists what `what` names and begins with `prefix`. */
export type HelpChoice =
  | { readonly verb: 'completion'; readonly shell: (typeof SHELLS)[number] }
  | { readonly verb: 'complete'; readonly what: string; readonly prefix: string }
  | { readonly verb: 'man'; readonly page: string | undefined; readonly out: string | undefined };

type Ask = (choice: HelpChoice) => void;

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeHelping(program: Command, ask: Ask): void {
  program
    .command('completion')
    .description('print a script that completes vnet and reconcile in a shell')
    .addArgument(program.createArgument('<shell>', 'for which shell').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => ask({ verb: 'completion', shell }));
  program
    .command('man')
    .description('the manual: roff on standard output, or in man(1) on a terminal')
    .argument('[page]', 'vnet (default), a verb, vnet.yaml, azure-vnet')
    .option('--out <dir>', 'write every page there, in man1, man5 and man8')
    .action((page: string | undefined, { out }: { out?: string }) => ask({ verb: 'man', page, out }));
  program
    .command('complete', { hidden: true })
    .description('list values for a shell: of what, beginning with prefix')
    .argument('<what>')
    .argument('[prefix]', '', '')
    .action((what: string, prefix: string) => ask({ verb: 'complete', what, prefix }));
}
