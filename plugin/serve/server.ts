/** Answers CNI calls for the processes that runtimes start: the same code as theirs, already warm. */
import { listen } from '#listen';
import type { CallEars } from '../../reconciler/daemon/companion.ts';
import { ok } from '../../reconciler/model/result.ts';
import type { Environment, Sys } from '../../reconciler/model/ports/sys.ts';
import { type CallMessage, type FileIdentity, OWN_NETNS_PATH } from './call-message.ts';
import type { Answer } from '../dispatch.ts';
import { VERBS } from '../protocol/environment.ts';
import { answerCall, type Resident } from '../main.ts';
import { Caller } from './caller.ts';
import { createResident } from './resident.ts';

/** Whoever answers calls. */
export type CallServer = {
  /** Accepts nobody any more; resolves when those whose calls have begun have their answers. The others are let go of. */
  close(): Promise<void>;
};

/**
 * What is served with. Shape: `programPath` is the file of the program that this process runs; `listener` is a descriptor that
 * listens, or the path to listen at; `onRefused` hears of callers of another build, and of servers that want to be the one.
 */
export type Serving = {
  readonly sys: Sys;
  readonly programPath: string;
  readonly environment: Environment;
  readonly listener: number | string;
  readonly ears: CallEars;
  readonly onRefused?: (why: 'foreign' | 'leave') => void;
};

/** How often those who wait are told that we live. Source: plugin/shim/shim.c, SILENCE_S, is far more. */
const ALIVE_MS = 1_000;

/** As many as Linux lets wait unless told otherwise. Source: net.core.somaxconn. */
const BACKLOG = 4096;

/** Resolves to a server that accepts calls. Errors: rejects when it can't listen. */
export async function serveCalls(serving: Serving): Promise<CallServer> {
  const { sys, programPath, environment, listener, ears, onRefused } = serving;
  const desk = { sys, resident: createResident(sys, environment), ears, program: identify(sys, programPath) };
  const callers = new Set<Caller>();
  const pulse = createPulse(() => callers.forEach((caller) => caller.sayAlive()));
  const reception = {
    accepts: (message: CallMessage | 'foreign' | 'leave'): boolean => {
      const why = refusalOf(desk, message);
      if (why !== undefined) onRefused?.(why);
      return typeof message !== 'string' && seesTheSame(desk, message);
    },
    began: () => {
      desk.resident.noteCall();
      return ears.noteCall();
    },
    answer: (message: CallMessage) => answer(desk, message),
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
  // Bun lets 512 callers wait where whoever made the socket lets thousands.
  if (typeof listener === 'number') sys.listen(listener, BACKLOG);
  return {
    close: async () => {
      const closed = listening.close();
      for (const caller of callers) caller.dismiss();
      await closed;
      pulse.stop();
      desk.resident.kernel.close();
    },
  };
}

/** While nobody waits, no timer wakes the process. */
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

/** Why nobody is answered who says this; undefined where it depends on what the caller sees. */
function refusalOf(
  { program }: Desk,
  message: CallMessage | 'foreign' | 'leave',
): 'foreign' | 'leave' | undefined {
  if (typeof message === 'string') return message;
  return isSame(program, message.program) ? undefined : 'foreign';
}

/** What answers need. Shape: `program` is the file that this process runs, which another build has replaced by another. */
type Desk = {
  readonly sys: Sys;
  readonly resident: Resident;
  readonly ears: CallEars;
  readonly program: FileIdentity | undefined;
};

async function answer({ sys, resident, ears }: Desk, { role, env, stdin }: CallMessage): Promise<Answer> {
  const begun = performance.now();
  // A plugin that this call delegates to must not come back here, where everything waits for it.
  const call = { role, argv: [], env: { ...env, VNET_DIRECT: '1' }, readStdin: () => ok(stdin) };
  const answered = await answerCall(sys, call, { resident });
  // Whoever counts calls keeps a number for each verb: those that are none are one.
  const verb = VERBS.find((known) => known === env['CNI_COMMAND']) ?? 'unknown';
  ears.onCall({ verb, exitCode: answered.exitCode, durationMs: performance.now() - begun });
  return answered;
}

/** True when the caller's program, namespace and view of the pod's namespace are ours. */
function seesTheSame(
  { sys, program: mine }: Desk,
  { program, ownNetns, podNetns, env }: CallMessage,
): boolean {
  const netns = env['CNI_NETNS'] ?? '';
  return (
    isSame(mine, program) &&
    isSame(identify(sys, OWN_NETNS_PATH), ownNetns) &&
    (netns === '' || isSame(identify(sys, netns), podNetns))
  );
}

function identify(sys: Sys, path: string): FileIdentity | undefined {
  const status = sys.stat(path);
  return typeof status === 'number' ? undefined : status;
}

function isSame(mine: FileIdentity | undefined, theirs: FileIdentity | undefined): boolean {
  return mine?.inode === theirs?.inode && mine?.device === theirs?.device;
}
