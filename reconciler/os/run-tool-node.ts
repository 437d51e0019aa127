/** Runs system tools under Node.js. */
import { execSync } from './tool.ts';
import { TOOL_TIMEOUT_MS, toolEnvironment, type ToolOutcome } from './run-tool.ts';

/** Returns the tool's outcome; blocks. */
export function runTool(name: string, args: readonly string[], input = ''): ToolOutcome {
  const done = execSync(name, [...args], {
    input,
    env: toolEnvironment(),
    timeout: TOOL_TIMEOUT_MS,
    reject: false,
  });
  if (!done.failed) return { kind: 'done', stdout: done.stdout };
  if (done.timedOut) return { kind: 'timeout', timeoutMs: TOOL_TIMEOUT_MS };
  if (done.code === 'ENOENT') return { kind: 'missing' };
  const said = done.stderr.trim();
  return { kind: 'failed', said: said === '' ? (done.shortMessage ?? 'failed without a message') : said };
}
