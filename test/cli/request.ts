/** A parsed command line as one flat value, for comparison in tests. */
import { parseArguments } from '../../reconciler/cli/parse.ts';

/** A verb with its choice and paths; or the text printed for the command line. */
export type Request =
  | { readonly kind: 'request'; readonly request: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/** Resolves to the parsed words (without the program's name). */
export async function requestOf(args: readonly string[]): Promise<Request> {
  const parsed = await parseArguments(args, '1.2.3');
  if (parsed.kind === 'text') return parsed;
  const { verb, paths, asked } = parsed;
  const named = Object.entries(paths).filter(([, path]) => path !== undefined);
  return { kind: 'request', request: { verb, ...Object.fromEntries(named), ...(asked.choice as object) } };
}
