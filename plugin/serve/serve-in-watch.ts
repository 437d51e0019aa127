/** Serves CNI calls beside the loop of `vnet watch`, on systemd's socket or on its own. */
import { rmSync } from 'node:fs';
import type { CallHooks } from '../../reconciler/daemon/watch-hooks.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import { callSocketPath } from './call-message.ts';
import { inheritedDescriptors, takeServeLock, watchSocket } from './call-socket.ts';
import { type CallServer, serveCalls } from './server.ts';

/** Shape: `programPath` is the file of the running program. */
export type CallTools = {
  readonly sys: Sys;
  readonly programPath: string;
  readonly environment: Environment;
};

/** Interval of the check that the socket is still there. Units: milliseconds. */
const CHECK_MS = 10_000;

/**
 * Resolves to a server on the socket that this node's plugins connect to. A temporary server is asked to
 * exit; a socket left by a dead process is replaced. A socket that others remove is made again within 10 s: callers
 * would wait for it as long as this process holds the right to serve.
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
  let own: OwnServer | undefined = await serveOnOwnSocket(tools, runDirectory, hooks);
  const renew = async (): Promise<void> => {
    if (own?.isInPlace() === true) return;
    // It still answers the calls that it has accepted.
    void own?.server.close();
    own?.release();
    own = undefined;
    own = await serveOnOwnSocket(tools, runDirectory, hooks, 0);
  };
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A failed attempt is repeated by the next check: a temporary server may have calls to finish.
    renewal = renewal.then(renew).catch(() => undefined);
  }, CHECK_MS);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await renewal;
      await own?.server.close();
      own?.release();
    },
  };
}

/** A server with the right to serve. Shape: `release` gives that up; `isInPlace`: whether callers still find its socket. */
type OwnServer = {
  readonly server: CallServer;
  readonly release: () => void;
  readonly isInPlace: () => boolean;
};

async function serveOnOwnSocket(
  tools: CallTools,
  runDirectory: string,
  hooks: CallHooks,
  patienceMs?: number,
): Promise<OwnServer> {
  const right = takeServeLock(tools.sys, runDirectory, 'vnet watch', patienceMs);
  if (!right.ok) throw new Error(`${right.error.step}: ${right.error.message}`);
  const path = callSocketPath(runDirectory);
  try {
    rmSync(path, { force: true });
    const server = await serveCalls({ ...tools, listener: path, hooks });
    return { server, release: right.value, isInPlace: watchSocket(tools.sys, path) };
  } catch (error) {
    right.value();
    throw error;
  }
}
