/**
 * Runs nft(8), the only process that vnet starts for a pod. Loaded only to create a table: loading takes
 * longer than an ADD.
 */
import { fail, ok, type Result } from '../../model/result.ts';
import type { Environment } from '../../model/ports/sys.ts';
import type { RunTool } from '../../os/run-tool.ts';
import { toolRunner } from '#run-tool';
import type { Nft } from './context.ts';

const STEP = 'run nft -f -';

/** Returns nft as this machine has it; `environment` is that of the process. */
export function createNft(environment: Environment): Nft {
  const runTool = toolRunner(environment);
  return { run: (script) => run(runTool, script) };
}

/** Errors: `not-found` if nft is not installed, `timeout`, else nft's message. */
function run(runTool: RunTool, script: string): Result<void> {
  const done = runTool('nft', ['-f', '-'], script);
  switch (done.kind) {
    case 'done':
      return ok(undefined);
    case 'timeout': {
      const hint = 'Look for a process that holds the ruleset, then run the command again.';
      return fail('timeout', STEP, `nft timed out after ${done.timeoutMs / 1000} s`, { hint });
    }
    case 'missing':
      return fail('not-found', STEP, 'nft is not installed', {
        hint: 'Install it: apt-get install nftables.',
      });
    case 'failed': {
      const isForbidden = /operation not permitted/i.test(done.said);
      const hint = isForbidden
        ? 'Run as root, or with CAP_NET_ADMIN.'
        : 'Check that the kernel has nftables of family bridge.';
      return fail(isForbidden ? 'permission' : 'invalid', STEP, firstLines(done.said), { hint });
    }
  }
}

/** nft quotes the whole script; the first lines name the error. */
function firstLines(text: string): string {
  return text.split('\n').slice(0, 3).join('; ');
}
