/** Runs verbs that read the recorded generations. */
import type { ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import type { Problem } from '../../../document/store/store.ts';
import type { Result } from '../../../model/result.ts';
import type { Verb, VerbContext } from '../../verb.ts';
import type { NodeHistory } from './generations.ts';

type Run<Choice> = (node: NodeHistory, choice: Choice, output: Output) => Result<ExitCode, Problem>;

/** Returns the result of the loaded function with the node's document and history. */
export async function withGenerations<Choice>(
  { sys, paths, withNode, output }: VerbContext,
  choice: Choice,
  load: () => Promise<Run<Choice>>,
): ReturnType<Verb<Choice>['run']> {
  const [run, { openHistory }] = await Promise.all([load(), import('./open-history.ts')]);
  return withNode(({ store }) => run({ store, history: openHistory(sys, paths) }, choice, output));
}
