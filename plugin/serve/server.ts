/** Serves CNI calls for the processes that runtimes start: the same code, already warm. */
import { listen } from '#listen';
import type { CallHooks } from '../../reconciler/daemon/watch-hooks.ts';
import { ok } from '../../reconciler/model/result.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import { type FileIdentity, identifyFile, isSameFile } from '../../reconciler/os/file-identity.ts';
import { type CallMessage, OWN_NETNS_PATH } from './call-message.ts';
import type { Answer } from '../dispatch.ts';
import { CNI_VERBS } from '../protocol/environment.ts';
import { answerCall, type Resident } from '../main.ts';
import { Caller } from './caller.ts';
import { createResident } from './resident.ts';

/** A running server. */
export type CallServer = {
  /**
   * Stops accepting; resolves when all calls that have begun are answered. All other connections are closed.
   */
  close(): Promise<void>;
};

/**
 * Shape: `programPath` is the file of the running program; `listener` is a listening descriptor, or the path
 * to bind; `onRefused` is called for callers of another build, and for servers that want to take over.
 */
export type Serving = {
  readonly sys: Sys;
  readonly programPath: string;
  readonly environment: Environment;
  readonly listener: number | string;
  readonly hooks: CallHooks;
  readonly onRefused?: (why: 'foreign' | 'leave') => void;
};

/** Interval of ALIVE. Must be far below SILENCE_S in plugin/shim/shim.c. */
const ALIVE_MS = 1_000;

/** Linux's default limit of waiting connections. Source: net.core.somaxconn. */
const BACKLOG = 4096;

/** Resolves to a server that accepts calls. Errors: rejects if it cannot listen. */
export async function serveCalls(serving: Serving): Promise<CallServer> {
  const { sys, programPath, environment, listener, hooks, onRefused } = serving;
  const state = {
    sys,
    resident: createResident(sys, environment),
    hooks,
    program: identifyFile(sys, programPath),
  };
  const callers = new Set<Caller>();
  const pulse = createPulse(() => callers.forEach((caller) => caller.sayAlive()));
  const reception = {
    accepts: (message: CallMessage | 'foreign' | 'leave'): message is CallMessage => {
      const why = typeof message === 'string' ? message : isOurBuild(state, message) ? undefined : 'foreign';
      if (why !== undefined) onRefused?.(why);
      return typeof message !== 'string' && why === undefined && seesTheSame(sys, message);
    },
    began: () => {
      state.resident.noteCall();
      return hooks.noteCall();
    },
    answer: (message: CallMessage) => answer(state, message),
  };
  const listening = await listen(listener, (connection) => {
    const caller = new Caller(connection, reception);
    callers.add(caller);
    pulse.start();
    return {
      data: (chunk) => caller.data(chunk),
      closed: () => {
        callers.delete(caller);
        if (callers.size === 0) pulse.stop();
        caller.closed();
      },
    };
  });
  // Bun lowers the backlog to 512; this restores the limit of the process that made the socket.
  if (typeof listener === 'number') sys.listen(listener, BACKLOG);
  return {
    close: async () => {
      const closed = listening.close();
      for (const caller of callers) caller.dismiss();
      await closed;
      pulse.stop();
      state.resident.kernel.close();
    },
  };
}

/** The timer runs only while there are callers, so that an idle process is never woken. */
function createPulse(beat: () => void): { readonly start: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    start: () => void (timer ??= setInterval(beat, ALIVE_MS)),
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function isOurBuild({ program: mine }: ServerState, { program }: CallMessage): boolean {
  return isSameFile(mine, program);
}

/**
 * State for answering.
 * Shape: `program` identifies the running program's file; after an upgrade its path has another.
 */
type ServerState = {
  readonly sys: Sys;
  readonly resident: Resident;
  readonly hooks: CallHooks;
  readonly program: FileIdentity | undefined;
};

async function answer(
  { sys, resident, hooks }: ServerState,
  { role, env, stdin }: CallMessage,
): Promise<Answer> {
  const begun = performance.now();
  // A plugin that this call delegates to must not call this server, which is waiting for it.
  const call = { role, argv: [], env: { ...env, VNET_DIRECT: '1' }, readStdin: () => ok(stdin) };
  const answered = await answerCall(sys, call, { resident });
  // Metrics have one counter per verb; all unknown verbs share one.
  const verb = CNI_VERBS.find((known) => known === env['CNI_COMMAND']) ?? 'unknown';
  hooks.onCall({ verb, exitCode: answered.exitCode, durationMs: performance.now() - begun });
  return answered;
}

/** Returns true if the caller's namespace and pod namespace are the same files as ours. */
function seesTheSame(sys: Sys, { ownNetns, podNetns, env }: CallMessage): boolean {
  const netns = env['CNI_NETNS'] ?? '';
  return (
    isSameFile(identifyFile(sys, OWN_NETNS_PATH), ownNetns) &&
    (netns === '' || isSameFile(identifyFile(sys, netns), podNetns))
  );
}
