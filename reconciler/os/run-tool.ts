/** Types and common code for running system tools. */
import type { Environment } from '../model/ports/sys.ts';

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

/** Runs a tool with its arguments and, where given, its stdin; returns how it ended. Blocks. */
export type RunTool = (name: string, args: readonly string[], input?: string) => ToolOutcome;

/** Returns the environment of tools: PATH extended by the distributions' directories, messages in English. */
export function toolEnvironment(environment: Environment): Environment & { readonly PATH: string } {
  const parts = [environment['PATH'], FALLBACK_PATH];
  const path = parts.filter((part) => part !== undefined && part !== '').join(':');
  return { ...environment, PATH: path, LC_ALL: 'C' };
}
