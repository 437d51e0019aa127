/** What a command line asks for, as one flat value that a test can compare. */
import { parseArguments } from '../../reconciler/cli/parse.ts';

/** A verb with its choice and the paths that were named; or the text that the command line is answered with. */
export type Request =
  | { readonly kind: 'request'; readonly request: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/** Resolves to what the words (without the program's name) ask for. */
export async function requestOf(args: readonly string[]): Promise<Request> {
  const parsed = await parseArguments(args, '1.2.3');
  if (parsed.kind === 'text') return parsed;
  const { verb, paths, asked } = parsed;
  const named = Object.entries(paths).filter(([, path]) => path !== undefined);
  return { kind: 'request', request: { verb, ...Object.fromEntries(named), ...(asked.choice as object) } };
}
