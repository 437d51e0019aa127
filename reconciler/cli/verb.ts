/**
 * The shape of a verb. Each is one file in `verbs/`: options, run, texts for help and manual, completion.
 * Help and completion load all of these files, so a verb imports the code of its run lazily.
 */
import type { Command } from 'commander';
import type { NameAuthor } from '../app/author.ts';
import type { ExitCode, ExitName } from '../app/exit-codes.ts';
import type { KernelAccess, NodePlace } from '../app/kernel/access.ts';
import type { Page } from '../app/manual-page.ts';
import type { Output } from '../app/output.ts';
import type { PathChoice } from '../app/paths.ts';
import type { CniAnswer } from '../cni/answer.ts';
import type { AnswerInquiries } from '../daemon/watch-hooks.ts';
import type { ServeCalls } from '../daemon/watch.ts';
import type { Problem } from '../document/store/store.ts';
import type { Node, Session } from '../loop/node/session.ts';
import type { Environment, ResidentState, ResidentSys, ResidentWork } from '../model/ports/sys.ts';
import type { Result } from '../model/result.ts';
import type { NodeView } from './verbs/look/compare-node.ts';

/** The heading of the verb in the help. */
type Group =
  | 'View'
  | 'Check'
  | 'Preview'
  | 'Change'
  | 'Converge'
  | 'History'
  | 'Move'
  | 'Install'
  | 'Cluster'
  | 'Help';

/** A command line that works as shown, and its purpose. */
export type Example = readonly [line: string, purpose: string];

/**
 * Texts for help and manual.
 * Shape: `writes` names the changes of the verb; `exits` are exit codes with a specific meaning here, besides
 * COMMON_EXITS; `more` are paragraphs of the manual page.
 */
export type VerbManual = {
  readonly group: Group;
  readonly writes: string;
  readonly examples: readonly Example[];
  readonly exits: readonly ExitName[];
  readonly more?: readonly string[];
};

/** The kinds of values that completion reads from the node. */
export type NodeValues =
  | 'endpoints'
  | 'networks'
  | 'generations'
  | 'tentative'
  | 'objects'
  | 'paused'
  | 'drifted'
  | 'accepted'
  | 'names'
  | 'namespaces'
  | 'fields'
  | 'paths';

/**
 * Source of an argument's or option's values: the shell, a list, the verbs, the manual pages, or the node.
 */
export type Source =
  | 'files'
  | 'folders'
  | 'verbs'
  | 'pages'
  | readonly string[]
  | { readonly node: NodeValues };

/**
 * One verb.
 * Shape: `describe` adds description, arguments and options to the command, and calls `choose` with the
 * parsed choice; `completes` names the source of an argument (`object`) or long option (`--generation`) if
 * its placeholder does not determine it.
 */
export type Verb<Choice> = {
  readonly describe: (command: Command, choose: (choice: Choice) => void) => void;
  readonly run: (context: VerbContext, choice: Choice) => Promise<Result<ExitCode, Problem>>;
  readonly manual: VerbManual;
  readonly completes?: Readonly<Record<string, Source>>;
};

/** A parsed command line. Shape: `choice` comes from the verb's own `describe`. */
export type ParsedCommand = {
  readonly choice: unknown;
  readonly run: (context: VerbContext) => Promise<Result<ExitCode, Problem>>;
};

/** A verb without its type of choice, which only the verb knows. */
export type ListedVerb = Pick<Verb<unknown>, 'manual' | 'completes'> & {
  readonly describe: (command: Command, ask: (asked: ParsedCommand) => void) => void;
};

/** The command line: its parser, and its verbs by name in the order of the help. */
export type CommandLine = { readonly program: Command; readonly verbs: ReadonlyMap<string, ListedVerb> };

/**
 * Passed by the program's entry to the command line: kernel access, and functions of plugin/, the layer above.
 * Shape: `stay` sets this process up to stay; `programPath` is the file of the running program.
 */
export type ProgramTools = {
  readonly programPath?: string | undefined;
  readonly environment: Environment;
  readonly kernels: KernelAccess;
  readonly loadCniAnswer?: (() => Promise<CniAnswer>) | undefined;
  readonly pluginPage?: (() => Promise<Page>) | undefined;
  readonly serve?: ServeCalls | undefined;
  readonly stay?: ((work: ResidentWork) => Promise<ResidentState>) | undefined;
};

/**
 * Opens a node, runs `work` in it, closes it and resolves to the result.
 * Shape: `isLazy`: the YAML library is loaded only if `work` turns out to need it; `work` then runs again
 * from the start.
 */
export type RunWith<W> = <T>(
  work: (node: W) => Result<T, Problem> | Promise<Result<T, Problem>>,
  options?: { readonly isLazy: boolean },
) => Promise<Result<T, Problem>>;

/**
 * The input of every verb.
 * Shape: `who` names the verb to processes that wait for its locks; `chosen` has the paths as given on the
 * command line; `answer` serves the `vnet reconcile` of other processes while this one is resident;
 * `describeAll` resolves to the whole command line.
 */
export type VerbContext = NodePlace & {
  readonly sys: ResidentSys;
  readonly who: string;
  readonly chosen: PathChoice;
  readonly authorOf: NameAuthor;
  readonly output: Output;
  readonly plugin: ProgramTools;
  readonly answer: AnswerInquiries;
  readonly describeAll: () => Promise<CommandLine>;
  /** A node that may be changed. */
  readonly withSession: RunWith<Session>;
  /** A read-only node. */
  readonly withNode: RunWith<Node>;
  /** A read-only node with its recorded past. */
  readonly withPast: RunWith<NodeView>;
};

/** Returns the verb without its type of choice. */
export function listed<Choice>({ describe, run, ...rest }: Verb<Choice>): ListedVerb {
  return {
    ...rest,
    describe: (command, ask) =>
      describe(command, (choice) => ask({ choice, run: (context) => run(context, choice) })),
  };
}
