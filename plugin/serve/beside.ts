/** Answers calls beside the loop of `vnet watch`: at the socket that systemd gave it, or at one of its own. */
import { rmSync } from 'node:fs';
import type { CallEars } from '../../reconciler/daemon/companion.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import { callSocketPath } from './call-message.ts';
import { inheritedDescriptors, takeServeLock } from './place.ts';
import { type CallServer, serveCalls } from './server.ts';

/** What is served with. Shape: `programPath` is the file of the program that this process runs. */
export type CallTools = {
  readonly sys: Sys;
  readonly programPath: string;
  readonly environment: Environment;
};

/**
 * Resolves to a server that listens where the plugins of this node look for it. A temporary server is asked to leave, and a
 * socket that a dead process left is replaced.
 * Errors: rejects when it can't listen.
 */
export async function serveBeside(
  tools: CallTools,
  runDirectory: string,
  ears: CallEars,
): Promise<CallServer> {
  const [inherited] = inheritedDescriptors(tools.environment, process.pid).values();
  // The socket stays systemd's: who calls while we start anew waits at it.
  if (inherited !== undefined) return serveCalls({ ...tools, listener: inherited, ears });
  const right = takeServeLock(tools.sys, runDirectory, 'vnet watch');
  if (!right.ok) throw new Error(`${right.error.step}: ${right.error.message}`);
  const path = callSocketPath(runDirectory);
  try {
    rmSync(path, { force: true });
    const server = await serveCalls({ ...tools, listener: path, ears });
    return {
      close: async () => {
        await server.close();
        right.value();
      },
    };
  } catch (error) {
    right.value();
    throw error;
  }
}
