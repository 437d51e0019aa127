/** Types and common code for running system tools. */

/** The outcome of a tool. Shape: `said` is its stderr or, if empty, the kind of failure. */
export type ToolOutcome =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'failed'; readonly said: string };

/** A tool's timeout. Units: milliseconds. */
export const TOOL_TIMEOUT_MS = 10_000;

/** Runtimes may call a plugin with an unusual PATH; distributions install the tools here. */
const FALLBACK_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns the environment of tools: PATH extended by the distributions' directories, messages in English. */
export function toolEnvironment(): { readonly PATH: string; readonly LC_ALL: string } {
  const parts = [process.env['PATH'], FALLBACK_PATH];
  return { PATH: parts.filter((part) => part !== undefined && part !== '').join(':'), LC_ALL: 'C' };
}
