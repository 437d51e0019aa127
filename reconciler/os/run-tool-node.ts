/** Runs system tools under Node.js. */
import { execSync } from './tool.ts';
import type { Environment } from '../model/ports/sys.ts';
import { type RunTool, TOOL_TIMEOUT_MS, toolEnvironment, type ToolOutcome } from './run-tool.ts';

/** Returns the function that runs tools in this environment. */
export function toolRunner(environment: Environment): RunTool {
  const env = toolEnvironment(environment);
  return (name, args, input = '') => run(env, [name, ...args], input);
}

function run(env: Environment, argv: readonly string[], input: string): ToolOutcome {
  const [name = '', ...args] = argv;
  const done = execSync(name, [...args], {
    input,
    env,
    extendEnv: false,
    timeout: TOOL_TIMEOUT_MS,
    reject: false,
  });
  if (!done.failed) return { kind: 'done', stdout: done.stdout };
  if (done.timedOut) return { kind: 'timeout', timeoutMs: TOOL_TIMEOUT_MS };
  if (done.code === 'ENOENT') return { kind: 'missing' };
  const said = done.stderr.trim();
  return { kind: 'failed', said: said === '' ? (done.shortMessage ?? 'failed without a message') : said };
}
