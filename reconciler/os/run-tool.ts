/** Running a system tool: types, and the code common to all runtimes. */

/** The end of a tool. Shape: `said` is its stderr, or the kind of failure without any. */
export type ToolOutcome =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'failed'; readonly said: string };

/** How long a tool may take. Units: milliseconds. */
export const TOOL_TIMEOUT_MS = 10_000;

/** Container runtimes may call a plugin with an odd PATH; these are where distributions keep such tools. */
const FALLBACK_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns the environment of tools: they are found by PATH and where distributions keep them, and speak English. */
export function toolEnvironment(): { readonly PATH: string; readonly LC_ALL: string } {
  const parts = [process.env['PATH'], FALLBACK_PATH];
  return { PATH: parts.filter((part) => part !== undefined && part !== '').join(':'), LC_ALL: 'C' };
}
