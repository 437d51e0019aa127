/**
 * `vnet serve`: the process that the shim starts if no server is running. It answers a burst of calls and
 * exits 30 s after the last (VNET_SERVE_SECONDS). It neither watches nor repairs.
 */
import { resolvePaths } from '../../reconciler/app/paths.ts';
import { recordHolder } from '../../reconciler/os/lock.ts';
import type { CallTools } from './serve-in-watch.ts';
import { callSocketPath } from './call-message.ts';
import { writeText } from '../process.ts';
import { inheritedDescriptors, watchSocket } from './call-socket.ts';
import { serveCalls } from './server.ts';

/** Time until exit after the last call, unless VNET_SERVE_SECONDS is set. */
const LINGER_SECONDS = 30;

/** Interval of checking that the socket at the path is still its own. Units: milliseconds. */
const LOOK_MS = 1_000;

/** Resolves to the exit code after SIGTERM, another server's request to exit, or the idle time. */
export async function serveForAWhile(tools: CallTools): Promise<number> {
  const { sys, programPath, environment: env } = tools;
  const given = inheritedDescriptors(env, process.pid);
  const listener = given.get('calls');
  const lock = given.get('lock');
  if (listener === undefined || lock === undefined) {
    const how = 'run by azure-vnet with a listening socket; for a resident process use vnet watch';
    writeText(sys, 2, `vnet serve: ${how}\n`);
    return 64;
  }
  // Passed along with the socket, the lock is held until the process ends.
  recordHolder(sys, lock, 'vnet serve');
  const path = callSocketPath(resolvePaths({}, env).runDirectory);
  const isOurs = watchSocket(sys, path);
  const stay = new ResidentState(lingerMs(env['VNET_SERVE_SECONDS']));
  const server = await serveCalls({
    sys,
    programPath,
    environment: env,
    listener,
    hooks: {
      noteCall: () => stay.began(),
      onCall: () => undefined,
    },
    onRefused: () => stay.end(),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stay.end());
  const look = setInterval(() => {
    if (!isOurs()) stay.end();
  }, LOOK_MS);
  await stay.over;
  clearInterval(look);
  // The lock is held until the process ends: a successor waits until all calls are answered.
  if (isOurs()) sys.unlink(path);
  await server.close();
  return 0;
}

function lingerMs(text: string | undefined): number {
  const seconds = text === undefined || text === '' ? Number.NaN : Number(text);
  return (Number.isFinite(seconds) && seconds >= 0 ? seconds : LINGER_SECONDS) * 1000;
}

/** Decides how long the server stays. */
class ResidentState {
  readonly over: Promise<void>;
  readonly #lingerMs: number;
  #calls = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: () => void = () => undefined;
  #isOver = false;

  constructor(lingers: number) {
    this.#lingerMs = lingers;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#wait();
  }

  /** Counts a call; the returned function ends it. */
  began(): () => void {
    this.#calls += 1;
    clearTimeout(this.#timer);
    return () => {
      this.#calls -= 1;
      if (this.#calls === 0) this.#wait();
    };
  }

  /** Leaves no timer behind: it would keep the process alive while it waits for its last calls. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  /**
   * The process that started this one is about to call: even with no idle time, allow for that. A process that was stopped, as on a
   * suspended machine, finds its time over before it has seen the calls that came meanwhile.
   */
  #wait(): void {
    if (this.#isOver) return;
    const idleMs = Math.max(this.#lingerMs, FIRST_CALL_MS);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => this.end(), LAST_CALL_MS);
    }, idleMs - LAST_CALL_MS);
  }
}

/** Units: milliseconds. */
const FIRST_CALL_MS = 100;
const LAST_CALL_MS = 50;
