/**
 * `vnet serve`: the process that the shim starts where nobody answers calls. It answers those of a burst, and leaves some
 * seconds after the last one. It watches nothing and repairs nothing by itself.
 */
import { resolvePaths } from '../../reconciler/app/paths.ts';
import type { CallTools } from './beside.ts';
import { callSocketPath } from './call-message.ts';
import { writeAll } from '../process.ts';
import { inheritedDescriptors, watchSocket } from './place.ts';
import { serveCalls } from './server.ts';

/** How long it stays after the last call, where VNET_SERVE_SECONDS says nothing else. */
const LINGER_SECONDS = 30;

/** How often it looks whether the socket at the path is still its own. Units: milliseconds. */
const LOOK_MS = 1_000;

/**
 * What it is started with. Shape: `programPath` is the file of the program that this process runs; `expectLongRun` has the engine
 * compile what runs often.
 */
export type TemporaryOptions = CallTools & {
  readonly expectLongRun: () => void;
};

/** Compiling takes the processor from the calls of a burst; it pays for itself where many more follow. */
const LONG_BURST_CALLS = 150;

/** Resolves to the exit code when it has left: told to (SIGTERM), asked to by another server, or with nothing to do. */
export async function serveForAWhile(options: TemporaryOptions): Promise<number> {
  const { sys, programPath, environment: env, expectLongRun } = options;
  const given = inheritedDescriptors(env, process.pid);
  const listener = given.get('calls');
  // The lock that came with it is ours while we live.
  if (listener === undefined || !given.has('lock')) {
    const how = 'run by azure-vnet with a listening socket; for a resident process use vnet watch';
    writeAll(sys, 2, `vnet serve: ${how}\n`);
    return 64;
  }
  const path = callSocketPath(resolvePaths({}, env).runDirectory);
  const isOurs = watchSocket(sys, path);
  const stay = new Stay(lingerMs(env['VNET_SERVE_SECONDS']));
  let calls = 0;
  const server = await serveCalls({
    sys,
    programPath,
    environment: env,
    listener,
    ears: {
      noteCall: () => {
        calls += 1;
        if (calls === LONG_BURST_CALLS) expectLongRun();
        return stay.began();
      },
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
  // The lock is ours until the process ends: who would take the place waits until all calls are answered.
  if (isOurs()) sys.unlink(path);
  await server.close();
  return 0;
}

function lingerMs(text: string | undefined): number {
  const seconds = text === undefined || text === '' ? Number.NaN : Number(text);
  return (Number.isFinite(seconds) && seconds >= 0 ? seconds : LINGER_SECONDS) * 1000;
}

/** How long there is something to stay for. */
class Stay {
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

  /** Notes a call; what is returned notes its end. */
  began(): () => void {
    this.#calls += 1;
    clearTimeout(this.#timer);
    return () => {
      this.#calls -= 1;
      if (this.#calls === 0) this.#wait();
    };
  }

  /** No timer is left then: it would keep a process that waits for them. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  /** Whoever started us is about to call: with no time to stay, there is still a moment for that. */
  #wait(): void {
    if (!this.#isOver) this.#timer = setTimeout(() => this.end(), Math.max(this.#lingerMs, FIRST_CALL_MS));
  }
}

/** Units: milliseconds. */
const FIRST_CALL_MS = 100;
