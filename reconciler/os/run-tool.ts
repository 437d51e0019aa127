/** Running a system tool: types, and the code common to all runtimes. */
import type { Environment } from '../model/ports/sys.ts';

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

/** Runs a tool with its arguments and, where given, its stdin; returns how it ended. Blocks. */
export type RunTool = (name: string, args: readonly string[], input?: string) => ToolOutcome;

/** Returns the environment of tools: they are found by PATH and where distributions keep them, and speak English. */
export function toolEnvironment(environment: Environment): Environment & { readonly PATH: string } {
  const parts = [environment['PATH'], FALLBACK_PATH];
  const path = parts.filter((part) => part !== undefined && part !== '').join(':');
  return { ...environment, PATH: path, LC_ALL: 'C' };
}
