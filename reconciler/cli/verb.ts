/**
 * The shape of a verb. Each is one file of `verbs/`: its options, its run, what help and manual say of it, and what completes its
 * values. Help and completion load all of these files, so a verb loads what its run needs when it runs.
 */
import type { Command } from 'commander';
import type { NameAuthor } from '../app/author.ts';
import type { ExitCode, ExitName } from '../app/exit-codes.ts';
import type { KernelAccess, NodePlace } from '../app/kernel/access.ts';
import type { Page } from '../app/manual-page.ts';
import type { Output } from '../app/output.ts';
import type { PathChoice } from '../app/paths.ts';
import type { CniAnswer } from '../cni/answer.ts';
import type { AnswerInquiries } from '../daemon/companion.ts';
import type { ServeCalls } from '../daemon/watch.ts';
import type { Problem } from '../document/store/store.ts';
import type { Node, Session } from '../loop/node/session.ts';
import type { Environment, ResidentSys, Stay } from '../model/ports/sys.ts';
import type { Result } from '../model/result.ts';
import type { LookWorld } from './verbs/look/look.ts';

/** The heading under which help lists the verb. */
type Group = 'View' | 'Check' | 'Preview' | 'Change' | 'Converge' | 'History' | 'Move' | 'Help';

/** A command line that can be typed as it is, and its purpose. */
export type Example = readonly [line: string, purpose: string];

/**
 * What help and manual say of a verb beside its options.
 * Shape: `writes` says what it changes; `exits` are the codes that mean something of their own here, those of every verb
 * are left out; `more` are paragraphs for the manual page.
 */
export type VerbManual = {
  readonly group: Group;
  readonly writes: string;
  readonly examples: readonly Example[];
  readonly exits: readonly ExitName[];
  readonly more?: readonly string[];
};

/** The kinds of values that completion finds on the node. */
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

/** Where the values of an argument or an option come from: the shell, a list, the verbs, the manual pages, or the node. */
export type Source =
  | 'files'
  | 'folders'
  | 'verbs'
  | 'pages'
  | readonly string[]
  | { readonly node: NodeValues };

/**
 * One verb. Shape: `describe` adds description, arguments and options to the command, and tells `choose` what a command line asks
 * for; `completes` names sources by argument (`object`) or long option (`--generation`), where its placeholder does not say enough.
 */
export type Verb<Choice> = {
  readonly describe: (command: Command, choose: (choice: Choice) => void) => void;
  readonly run: (session: VerbSession, choice: Choice) => Promise<Result<ExitCode, Problem>>;
  readonly manual: VerbManual;
  readonly completes?: Readonly<Record<string, Source>>;
};

/** What a command line asks for. Shape: `choice` is what the verb's own `describe` made of it. */
export type Asked = {
  readonly choice: unknown;
  readonly run: (session: VerbSession) => Promise<Result<ExitCode, Problem>>;
};

/** A verb in a list of verbs: its choice is known to itself alone. */
export type ListedVerb = Pick<Verb<unknown>, 'manual' | 'completes'> & {
  readonly describe: (command: Command, ask: (asked: Asked) => void) => void;
};

/** The command line: what parses it, and its verbs by their names in the order of the help. */
export type CommandLine = { readonly program: Command; readonly verbs: ReadonlyMap<string, ListedVerb> };

/**
 * What the entry of the program gives the command line: its kernel, and what is the plugin's, which is above it.
 * Shape: `stay` sets this process up to stay.
 */
export type ProgramTools = {
  readonly environment: Environment;
  readonly kernels: KernelAccess;
  readonly loadCniAnswer?: (() => Promise<CniAnswer>) | undefined;
  readonly pluginPage?: (() => Promise<Page>) | undefined;
  readonly serve?: ServeCalls | undefined;
  readonly stay?: (() => Promise<Stay>) | undefined;
};

/**
 * Resolves to what the work returns in a world that is opened for it and closed after it. Shape: `isLazy`: the YAML library is
 * loaded only if the work turns out to need it, and the work is then done again from its start.
 */
export type Within<W> = <T>(
  work: (world: W) => Result<T, Problem> | Promise<Result<T, Problem>>,
  options?: { readonly isLazy: boolean },
) => Promise<Result<T, Problem>>;

/**
 * What every verb is given. Shape: `who` names the verb to processes that wait for its locks; `chosen` are the paths as the
 * command line has them; `answer` answers the `vnet reconcile` of other processes while this one stays; `describeAll` resolves to
 * the whole command line.
 */
export type VerbSession = NodePlace & {
  readonly sys: ResidentSys;
  readonly who: string;
  readonly chosen: PathChoice;
  readonly authorOf: NameAuthor;
  readonly output: Output;
  readonly plugin: ProgramTools;
  readonly answer: AnswerInquiries;
  readonly describeAll: () => Promise<CommandLine>;
  /** A world that may write. */
  readonly withWorld: Within<Session>;
  /** A world that can't write. */
  readonly withPreview: Within<Node>;
  /** A world that can't write, with the past of the node. */
  readonly withLook: Within<LookWorld>;
};

/** Returns the verb as one of a list. */
export function listed<Choice>({ describe, run, ...rest }: Verb<Choice>): ListedVerb {
  return {
    ...rest,
    describe: (command, ask) =>
      describe(command, (choice) => ask({ choice, run: (session) => run(session, choice) })),
  };
}
