/** Serves CNI calls beside the loop of `vnet watch`, on systemd's socket or on its own. */
import { rmSync } from 'node:fs';
import type { CallHooks } from '../../reconciler/daemon/watch-hooks.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import { callSocketPath } from './call-message.ts';
import { inheritedDescriptors, takeServeLock } from './call-socket.ts';
import { type CallServer, serveCalls } from './server.ts';

/** Shape: `programPath` is the file of the running program. */
export type CallTools = {
  readonly sys: Sys;
  readonly programPath: string;
  readonly environment: Environment;
};

/**
 * Resolves to a server on the socket that this node's plugins connect to. A temporary server is asked to
 * exit; a socket left by a dead process is replaced.
 * Errors: rejects if it cannot listen.
 */
export async function serveBeside(
  tools: CallTools,
  runDirectory: string,
  hooks: CallHooks,
): Promise<CallServer> {
  const [inherited] = inheritedDescriptors(tools.environment, process.pid).values();
  // systemd keeps the socket: calls made while the service restarts wait in its queue.
  if (inherited !== undefined) return serveCalls({ ...tools, listener: inherited, hooks });
  const right = takeServeLock(tools.sys, runDirectory, 'vnet watch');
  if (!right.ok) throw new Error(`${right.error.step}: ${right.error.message}`);
  const path = callSocketPath(runDirectory);
  try {
    rmSync(path, { force: true });
    const server = await serveCalls({ ...tools, listener: path, hooks });
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
