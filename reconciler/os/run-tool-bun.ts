/** Runs system tools with Bun's own spawn: execa takes longer to load than nft to create a table. */
import { spawnSync, which } from 'bun';
import { TOOL_TIMEOUT_MS, toolEnvironment, type ToolOutcome } from './run-tool.ts';

/** Returns the tool's outcome; blocks. */
export function runTool(name: string, args: readonly string[], input = ''): ToolOutcome {
  const env = toolEnvironment();
  const path = which(name, { PATH: env.PATH });
  if (path === null) return { kind: 'missing' };
  const done = spawnSync({
    cmd: [path, ...args],
    env: { ...process.env, ...env },
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
