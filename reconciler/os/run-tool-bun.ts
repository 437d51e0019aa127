/** Runs system tools with Bun's own spawn: execa takes longer to load than nft to create a table. */
import { spawnSync, which } from 'bun';
import type { Environment } from '../model/ports/sys.ts';
import { type RunTool, TOOL_TIMEOUT_MS, toolEnvironment, type ToolOutcome } from './run-tool.ts';

/** Returns the function that runs tools in this environment. */
export function toolRunner(environment: Environment): RunTool {
  const env = toolEnvironment(environment);
  return (name, args, input = '') => run(env, [name, ...args], input);
}

function run(env: ReturnType<typeof toolEnvironment>, argv: readonly string[], input: string): ToolOutcome {
  const [name = '', ...args] = argv;
  const path = which(name, { PATH: env.PATH });
  if (path === null) return { kind: 'missing' };
  const done = spawnSync({
    cmd: [path, ...args],
    env,
    stdin: new TextEncoder().encode(input),
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: TOOL_TIMEOUT_MS,
  });
  if (done.exitedDueToTimeout === true) return { kind: 'timeout', timeoutMs: TOOL_TIMEOUT_MS };
  if (done.success) return { kind: 'done', stdout: text(done.stdout) };
  const said = text(done.stderr).trim();
  const how = done.signalCode === undefined ? `exit code ${done.exitCode}` : `killed by ${done.signalCode}`;
  return { kind: 'failed', said: said === '' ? `${name} failed: ${how}` : said };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\n$/, '');
}
