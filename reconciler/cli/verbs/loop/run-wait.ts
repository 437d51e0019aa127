/** `vnet wait`: waits until the kernel matches the document. */
import type { Problem, Store } from '../../../document/store/store.ts';
import { conditionOf, type NodeStatus } from '../../../loop/files/status-file.ts';
import { ok, type Result } from '../../../model/result.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';

/** Options. Shape: `generation` defaults to the one in force at the start. Units: milliseconds. */
export type WaitChoice = {
  readonly what: 'converged' | 'ready';
  readonly generation: number | undefined;
  readonly timeoutMs: number;
};

/** Interval of reading the status. Units: milliseconds. */
const POLL_MS = 50;

/** Dependencies. Shape: `status` reads the present status; `isWatched`: a resident process will update it. */
export type WaitPorts = {
  readonly store: Pick<Store, 'read'>;
  readonly status: () => NodeStatus | undefined;
  readonly isWatched: () => boolean;
  readonly nowMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
};

/** Resolves when the goal is reached, or at the timeout (exit 8, naming the missing part). */
export async function wait(
  choice: WaitChoice,
  waiting: WaitPorts,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { nowMs, pause, status, isWatched } = waiting;
  const deadlineMs = nowMs() + choice.timeoutMs;
  const generation = generationOf(choice, waiting);
  if (!generation.ok) return generation;
  for (;;) {
    const seen = status();
    const missing = unmetGoal(choice.what, generation.value, seen);
    if (missing === undefined) {
      output.print(`${choice.what}: generation ${seen?.convergedGeneration ?? generation.value}`);
      return ok(EXIT.done);
    }
    if (nowMs() >= deadlineMs) {
      output.warn(`vnet: not ${choice.what} in time: ${missing}.${isWatched() ? '' : NOT_WATCHED}`);
      return ok(EXIT.timedOut);
    }
    await pause(Math.min(POLL_MS, Math.max(1, deadlineMs - nowMs())));
  }
}

const NOT_WATCHED = ' vnet watch is not running: start it, or run vnet reconcile';

/** Without a document, waits for the first generation. */
function generationOf({ generation }: WaitChoice, { store }: WaitPorts): Result<number, Problem> {
  if (generation !== undefined) return ok(generation);
  const snapshot = store.read();
  return snapshot.ok ? ok(snapshot.value?.document.metadata.generation ?? 1) : snapshot;
}

/** States that a round is to resolve; paused and reported objects stay as they are on purpose. */
const UNDONE: readonly string[] = ['pending', 'error', 'contended'];

/** Returns why the goal is not reached; undefined if it is. */
function unmetGoal(
  aim: WaitChoice['what'],
  generation: number,
  status: NodeStatus | undefined,
): string | undefined {
  if (status === undefined) return 'no round since the boot';
  const { convergedGeneration } = status;
  if (convergedGeneration === undefined || convergedGeneration < generation) {
    const [first] = status.objects;
    const why = first === undefined ? '' : `; ${first.key}: ${first.reason}`;
    return `waiting for generation ${generation}, converged is ${convergedGeneration ?? 'none'}${why}`;
  }
  const undone = status.objects.find(({ state }) => UNDONE.includes(state));
  if (undone !== undefined) return `${undone.key}: ${undone.reason}`;
  if (aim === 'converged') return undefined;
  const ready = conditionOf(status, 'Ready');
  return ready?.status === true ? undefined : (ready?.message ?? 'not ready');
}
