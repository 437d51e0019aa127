/** The rounds of the resident loop, one after the other: what is remembered between them, and when the next one is due. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/store/store.ts';
import { refusalOf, type Unconfirmed } from '../report/circumstances.ts';
import type { Circumstance } from '../report/conditions.ts';
import { derive } from '../../model/derive.ts';
import type { Observer } from '../../model/ports/kernel.ts';
import { ok, renderFailure, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Trigger } from './agenda.ts';
import { type Digest, digestRound, freshMemory, type Memory } from '../report/digest.ts';
import { endpointChanges, isSameHead } from '../report/endpoint-changes.ts';
import type { VnetEvent } from '../report/event.ts';
import type { Hearing } from './hearing.ts';
import { failuresOf, type Outcome } from '../round/execute.ts';
import { giveFirstAid, ownersOf } from './first-aid.ts';
import { observeGlance } from './glance.ts';
import { restraintsOf } from '../report/restraints.ts';
import { nextLooks } from './next-looks.ts';
import { backoffMs } from '../report/object-status.ts';
import { type Pause, validPauses } from '../../plan/pause.ts';
import { type Glance, listeningKernel } from './listening-kernel.ts';
import { Recollection } from './recollection.ts';
import { type Round, roundOfNothing, runRound } from '../round/round.ts';
import { eventsOf } from '../report/round-events.ts';
import { lookAtEndpoint, Settling } from './settling.ts';
import { isUndisturbed, type NodeStatus } from '../files/status-file.ts';
import { troubledStatus } from '../report/troubled.ts';
import { timeOf, type WatchWorld } from './watch-world.ts';

/** Somebody holds the lock: an ADD is under way. */
const LOCKED_MS = 20;
/** The longest a lock may be busy before it is worth saying. */
const LOCKED_TOO_LONG_MS = 5000;

/** What came of a round. Shape: `dates` says when to look again, and why; undefined where there is no reason any more. */
export type Ran = {
  readonly round: Round | undefined;
  readonly problem: Problem | undefined;
  readonly digest: Digest | undefined;
  readonly events: readonly VnetEvent[];
  readonly dates: ReadonlyMap<Trigger, number | undefined>;
};

/** What is new in the document. `edited` is more than CNI's own entries, or nobody knows. */
export type News = 'nothing' | 'endpoints' | 'edited';

type Attempt = {
  readonly round: Round;
  readonly refused: Circumstance | undefined;
  readonly unconfirmed: Unconfirmed | undefined;
};

/** Runs rounds and remembers. */
export class Rounds {
  readonly #ports: WatchWorld;
  readonly #hearing: Hearing;
  #memory: Memory;
  #seen: VnetDocument | undefined;
  readonly #recollection = new Recollection();
  readonly #settling = new Settling();
  #pauses: readonly Pause[] = [];
  readonly #doneMs = new Map<ObjectKey, number>();
  #trouble: { readonly message: string; readonly sinceMs: number; readonly count: number } | undefined;

  constructor(ports: WatchWorld, hearing: Hearing) {
    this.#ports = ports;
    this.#hearing = hearing;
    this.#memory = freshMemory(ports.previous);
  }

  /** What is to be published; undefined while there is nothing to say. */
  get status(): NodeStatus | undefined {
    return this.#memory.status;
  }

  /** Returns what is new in the document since it was last looked at, and expects the kernel to be as it says now. */
  refresh(): News {
    const snapshot = this.#ports.world.store.read();
    const [seen, { planned }] = [this.#seen, this.#recollection];
    if (!snapshot.ok || snapshot.value === undefined || seen === undefined || planned === undefined)
      return 'edited';
    const { document, refused, isUnrecorded } = snapshot.value;
    const wasRefused =
      this.status?.conditions.some(({ type, status }) => type === 'EditRefused' && status) ?? false;
    if ((refused !== undefined) !== wasRefused || isUnrecorded === true) return 'edited';
    if (document === seen) return 'nothing';
    this.#seen = document;
    if (!isSameHead(seen, document)) {
      this.#hearing.reconsider(document, planned);
      return 'edited';
    }
    const changes = endpointChanges(seen, document);
    const revision = this.#recollection.revise({ seen, document }, changes);
    if (!this.#hearing.revise(document, revision)) this.#hearing.reconsider(document, planned);
    if (changes.size === 0 && document.metadata.generation === seen.metadata.generation) return 'nothing';
    this.#settling.note(changes, this.#ports.clock.nowMs());
    return 'endpoints';
  }

  /** Returns who sees what is now as a glance does, and changes nothing: what is suspected stays so. */
  observer(): Observer {
    const { kernel } = this.#ports.world;
    const [document, before, suspects] = [
      this.#seen,
      this.#recollection.remembered,
      this.#hearing.suspectedOfNode,
    ];
    if (document === undefined || before === undefined || suspects === undefined) return kernel;
    return {
      observe: (scope) =>
        scope.whole ? observeGlance(kernel, scope, before, { document, suspects }) : kernel.observe(scope),
    };
  }

  /** When settle() is to be called. */
  get settleMs(): number | undefined {
    return this.#settling.nextMs;
  }

  /**
   * Looks at the endpoints that CNI wrote of a while ago, and at nothing else. Returns undefined when that is not enough:
   * one of them is not as the document says, or the node was not as it says before.
   */
  settle(): Ran | undefined {
    const { world, clock, pauses } = this.#ports;
    const nowMs = clock.nowMs();
    const due = this.#settling.take(nowMs);
    const [document, recollection] = [this.#seen, this.#recollection];
    const { planned, desired } = recollection;
    if (document === undefined || planned === undefined || desired === undefined) return undefined;
    if (!isUndisturbed(this.status) || pauses().length > 0) return undefined;
    for (const one of due) {
      const looked = lookAtEndpoint(world.kernel, { document, desired }, one);
      if (looked === 'unsettled') return undefined;
      if (looked !== 'nothing') this.#hearing.revise(document, recollection.note(document, one.id, looked));
    }
    const round = roundOfNothing(document, planned);
    const { digest, events } = this.#understand({ round, refused: undefined, unconfirmed: undefined }, nowMs);
    this.#memory = { ...digest.memory, wanted: recollection.desired };
    return { round, problem: undefined, digest, events, dates: new Map() };
  }

  /**
   * Does one round. `isGlance`: of pods of which nothing was heard, and which the round before did not change, it is
   * remembered what was seen last. Never rejects for what can happen in the world.
   */
  async run(isGlance: boolean): Promise<Ran> {
    // Kept when an attempt is begun anew: what it has heard is heard no more.
    const suspects = new Set(this.#doneMs.keys());
    const glance = isGlance ? { suspects, mustEnterAll: false } : undefined;
    this.#doneMs.clear();
    const attempt = await whenLoaded(this.#ports.world.library, () => this.#attempt(glance));
    const nowMs = this.#ports.clock.nowMs();
    return attempt.ok ? this.#digest(attempt.value, nowMs) : this.#fail(attempt.error, nowMs);
  }

  #attempt(glance: Glance | undefined): Result<Attempt | undefined, Problem> {
    const { world, clock, prepare, pauses } = this.#ports;
    const prepared = prepare?.(world) ?? ok(undefined);
    if (!prepared.ok) return prepared;
    const snapshot = world.store.read();
    if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
    const { document, refused } = snapshot.value;
    this.#pauses = validPauses(pauses(), world.now());
    this.#remember(document);
    const holding = { document, pauses: this.#pauses, memory: this.#memory, nowMs: clock.nowMs() };
    const before = glance && this.#recollection.remembered;
    const watched = { hearing: this.#hearing, clock, doneMs: this.#doneMs };
    const kernel = listeningKernel(world.kernel, watched, { document, glance, before });
    const restraints = restraintsOf(holding);
    const here = { ...world, kernel };
    const aid =
      before === undefined
        ? ok([])
        : giveFirstAid(here, document, ownersOf(this.#hearing.suspected, before.owners), restraints);
    if (!aid.ok) return aid;
    const round = runRound(here, { limit: 'hitless', restraints: () => ok(restraints) });
    if (!round.ok || round.value === undefined) return round.ok ? ok(undefined) : round;
    return ok({
      round: withOutcomes(aid.value, round.value),
      refused: refusalOf(refused),
      unconfirmed: prepared.value,
    });
  }

  /** What was heard until now, and what was true before anybody of this process looked. */
  #remember(document: VnetDocument): void {
    const { status, wanted, evidence } = this.#memory;
    const wasTrue = status?.convergedGeneration === document.metadata.generation;
    this.#memory = {
      ...this.#memory,
      wanted: wanted ?? (wasTrue ? derive(document, new Map()).state : undefined),
      evidence: [...evidence, ...this.#hearing.takeEvidence()],
    };
  }

  #digest(attempt: Attempt | undefined, nowMs: number): Ran {
    const said =
      (this.#trouble?.message ?? '') === '' ? [] : [this.#event('Recovered', 'rounds succeed again')];
    this.#trouble = undefined;
    if (attempt === undefined)
      return { round: undefined, problem: undefined, digest: undefined, events: said, dates: new Map() };
    const { round } = attempt;
    const { digest, events } = this.#understand(attempt, nowMs);
    this.#memory = digest.memory;
    this.#recollection.remember(round.planned);
    this.#seen = round.document;
    const attended = this.#hearing.expect(round.document, round.planned);
    const isChanged = digest.repaired.length + digest.applied.length > 0;
    return {
      round,
      problem: undefined,
      digest,
      events: [
        ...said,
        ...events,
        ...(attended.ok ? [] : [this.#event('Failed', renderFailure(attended.error))]),
      ],
      dates: nextLooks(
        { ...attempt, isChanged, pauses: this.#pauses, memory: this.#memory },
        this.#ports,
        nowMs,
      ),
    };
  }

  /** What a round means, and what is said of it. */
  #understand(
    { round, refused, unconfirmed }: Attempt,
    nowMs: number,
  ): { readonly digest: Digest; readonly events: readonly VnetEvent[] } {
    const before = { ...this.#memory, evidence: [...this.#memory.evidence, ...this.#hearing.takeEvidence()] };
    const saying = { nowMs, doneMs: this.#doneMs, toTime: (ms: number) => timeOf(this.#ports, ms) };
    const digest = digestRound(before, round, {
      ...saying,
      chance: this.#ports.chance,
      pauses: this.#pauses.length,
      refused,
      unconfirmed,
    });
    return { digest, events: eventsOf(before, round, digest, saying) };
  }

  /** A lock that is busy is no trouble, unless it stays so. */
  #fail(problem: Problem, nowMs: number): Ran {
    const isLocked = problem.kind === 'failure' && problem.code === 'timeout';
    const known = this.#trouble;
    const sinceMs = known?.sinceMs ?? nowMs;
    const count = (known?.count ?? 0) + 1;
    const waitMs = isLocked ? LOCKED_MS : backoffMs(count, this.#ports.chance());
    const isPatient = isLocked && nowMs - sinceMs < LOCKED_TOO_LONG_MS;
    const message = isPatient ? (known?.message ?? '') : messageOf(problem);
    const isNews = !isPatient && known?.message !== message;
    this.#trouble = { message, sinceMs, count };
    if (!isPatient) {
      const trouble = { message, time: timeOf(this.#ports, nowMs), pauses: this.#pauses.length };
      this.#memory = { ...this.#memory, status: troubledStatus(this.#memory.status, trouble) };
    }
    return {
      round: undefined,
      problem,
      digest: undefined,
      events: isNews ? [this.#event('Failed', message)] : [],
      dates: new Map([['retry', nowMs + waitMs]]),
    };
  }

  #event(type: VnetEvent['type'], message: string): VnetEvent {
    return { time: timeOf(this.#ports, this.#ports.clock.nowMs()), type, message };
  }
}

/** What was done before the round belongs to it. */
function withOutcomes(outcomes: readonly Outcome[], round: Round): Round {
  if (outcomes.length === 0) return round;
  const steps = [...outcomes.map(({ step }) => step), ...round.plan.steps];
  return {
    ...round,
    plan: { ...round.plan, steps },
    outcomes: [...outcomes, ...round.outcomes],
    failures: [...round.failures, ...failuresOf(outcomes)],
  };
}

function messageOf(problem: Problem): string {
  return problem.kind === 'failure' ? renderFailure(problem) : 'the document is invalid: see vnet validate';
}
