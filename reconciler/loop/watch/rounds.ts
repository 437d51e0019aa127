/** The sequence of rounds of the resident loop: the memory between them, and the time of the next one. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/store/store.ts';
import { derive } from '../../model/derive.ts';
import type { Observer } from '../../model/ports/kernel.ts';
import { ok, renderFailure, type Result } from '../../model/result.ts';
import type { Trigger } from './schedule.ts';
import { type Digest, digestRound, initialMemory, type RoundMemory } from '../report/digest.ts';
import { endpointChanges, isSameHead } from '../report/endpoint-changes.ts';
import type { VnetEvent } from '../files/event.ts';
import type { AnnouncementTracker } from './announcements.ts';
import type { StepOutcome } from '../node/execute.ts';
import { withRepairs } from './fast-repair.ts';
import { repairLimitsOf } from '../report/repair-limits.ts';
import { type Followed, followMembers } from './follow-members.ts';
import { nextRounds } from './next-rounds.ts';
import { contended } from '../report/contention.ts';
import type { IdleState } from './states.ts';
import { type Pause, validPauses } from '../../plan/pause.ts';
import { type Changed, Scanner } from './scanner.ts';
import { holdRound, type Round, convergedRound } from '../round/round.ts';
import { eventsOf } from '../report/round-events.ts';
import { checkEndpoint, EndpointChecks } from './endpoint-checks.ts';
import { conditionOf, isUndisturbed, type NodeStatus } from '../files/status-file.ts';
import { recordFailedRound, type FailureStreak, failedRoundStatus } from '../report/failed-round.ts';
import { refusalOf, type Unconfirmed } from '../report/condition-details.ts';
import { nodeFindings } from '../report/node-findings.ts';
import type { ConditionDetail } from '../report/conditions.ts';
import { timeOf, type WatchPorts } from './watch-ports.ts';

/**
 * The result of a round. Shape: `isFull`: every pod was entered; `dates` has the time of each reason for a next round; undefined for
 * reasons that no longer apply.
 */
export type LoopRound = {
  readonly isFull: boolean;
  readonly round: Round | undefined;
  readonly problem: Problem | undefined;
  readonly digest: Digest | undefined;
  readonly events: readonly VnetEvent[];
  readonly dates: ReadonlyMap<Trigger, number | undefined>;
};

const NOTHING_RAN: LoopRound = {
  isFull: false,
  round: undefined,
  problem: undefined,
  digest: undefined,
  events: [],
  dates: new Map(),
};

/** Changes of the document. `edited`: more than CNI's own entries changed, or it is unknown. */
export type DocumentUpdate = 'nothing' | 'endpoints' | 'edited';

/** A successful round. Shape: `isFull` as in Look, of any of its scans. */
type RoundResult = {
  readonly round: Round;
  readonly isFull: boolean;
  readonly refused: ConditionDetail | undefined;
  readonly unconfirmed: Unconfirmed | undefined;
};

/** Runs rounds and keeps the memory between them. */
export class Rounds {
  readonly #ports: WatchPorts;
  readonly #tracker: AnnouncementTracker;
  #memory: RoundMemory;
  #seen: VnetDocument | undefined;
  readonly #scanner: Scanner;
  readonly #checks = new EndpointChecks();
  #pauses: readonly Pause[] = [];
  #streak: FailureStreak | undefined;
  /** Fast repairs of rounds that failed, or were repeated to load code: the next one reports them. */
  #unreported: readonly StepOutcome[] = [];

  constructor(ports: WatchPorts, tracker: AnnouncementTracker) {
    this.#ports = ports;
    this.#tracker = tracker;
    this.#scanner = new Scanner(ports, tracker);
    this.#memory = initialMemory(ports.previous);
  }

  /** The status to publish; undefined if nothing changed. */
  get status(): NodeStatus | undefined {
    return this.#memory.status;
  }

  /** Returns the changes of the document since the last read, and expects the kernel to match them. */
  refresh(): DocumentUpdate {
    const snapshot = this.#ports.session.store.read();
    const [seen, { planned }] = [this.#seen, this.#scanner.cache];
    if (!snapshot.ok || snapshot.value === undefined || seen === undefined || planned === undefined)
      return 'edited';
    const { document, refused, isUnrecorded } = snapshot.value;
    const wasRefused = conditionOf(this.status, 'EditRefused')?.status ?? false;
    if ((refused !== undefined) !== wasRefused || isUnrecorded === true) return 'edited';
    if (document === seen) return 'nothing';
    this.#seen = document;
    if (!isSameHead(seen, document)) {
      this.#tracker.expectDocument(document, planned);
      return 'edited';
    }
    const changes = endpointChanges(seen, document);
    const revision = this.#scanner.cache.revise({ seen, document }, changes);
    if (!this.#tracker.revise(document, revision)) this.#tracker.expectDocument(document, planned);
    if (changes.size === 0 && document.metadata.generation === seen.metadata.generation) return 'nothing';
    this.#checks.note(changes, this.#ports.clock.nowMs());
    return 'endpoints';
  }

  /** Returns a partial scan of the present state, without changes. */
  observer(): Observer {
    return this.#scanner.observer(this.#seen);
  }

  /** Whether there is a scan to compare with. */
  get hasScanned(): boolean {
    return this.#seen !== undefined && this.#scanner.cache.planned !== undefined;
  }

  /** Ensures the policies with the present members, unless only a round can. */
  followMembers(): Followed {
    const { session, pauses, publish } = this.#ports;
    const state = { cache: this.#scanner.cache, isPaused: pauses().length > 0, status: this.status };
    const { followed, status } = followMembers(session, this.#seen, state);
    if (status !== undefined) publish((this.#memory = { ...this.#memory, status }).status);
    return followed;
  }

  /** The time of the next checkEndpoints(). */
  get checkMs(): number | undefined {
    return this.#checks.nextMs;
  }

  /**
   * Checks the endpoints that CNI wrote a while ago. Returns undefined if a round is needed: one of them
   * differs, or the node did not match before.
   */
  checkEndpoints(): LoopRound | undefined {
    const { session, clock, pauses } = this.#ports;
    const nowMs = clock.nowMs();
    const due = this.#checks.take(nowMs);
    const [document, cache] = [this.#seen, this.#scanner.cache];
    const { planned, desired } = cache;
    if (document === undefined || planned === undefined || desired === undefined) return undefined;
    if (!isUndisturbed(this.status) || pauses().length > 0) return undefined;
    for (const one of due) {
      const seen = checkEndpoint(session.kernel, { document, desired }, one);
      if (seen === 'mismatch') return undefined;
      if (seen !== 'nothing') this.#tracker.revise(document, cache.note(document, one.id, seen));
    }
    const round = convergedRound(document, planned);
    const { digest, events } = this.#understand(
      { round, isFull: false, refused: undefined, unconfirmed: undefined },
      nowMs,
    );
    this.#memory = { ...digest.memory, wanted: cache.desired };
    return { ...NOTHING_RAN, round, digest, events };
  }

  /**
   * Runs one round. `isPartial`: pods without notifications and without changes by the last round are assumed
   * to be as last observed; a full round includes the due checks. Never rejects for external errors.
   */
  async run(isPartial: boolean): Promise<LoopRound> {
    if (!isPartial) this.#checks.take(this.#ports.clock.nowMs());
    const changed = this.#scanner.takeChanged();
    const attempt = await whenLoaded(this.#ports.session.library, () =>
      this.#runOnce(isPartial ? changed : undefined),
    );
    const nowMs = this.#ports.clock.nowMs();
    return attempt.ok ? this.#digest(attempt.value, nowMs) : this.#fail(attempt.error, nowMs);
  }

  /** Shape: `changed` are the objects changed by the last round; absent for a full scan. */
  #runOnce(changed: Changed): Result<RoundResult | undefined, Problem> {
    const { session, clock, prepare, pauses } = this.#ports;
    const prepared = prepare?.(session) ?? ok(undefined);
    if (!prepared.ok) return prepared;
    const snapshot = session.store.read();
    if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
    const { document, refused } = snapshot.value;
    this.#pauses = validPauses(pauses(), session.now());
    this.#remember(document);
    const repairLimits = repairLimitsOf({
      document,
      pauses: this.#pauses,
      memory: this.#memory,
      nowMs: clock.nowMs(),
    });
    const repair = changed === undefined ? ok([]) : this.#scanner.repair(document, repairLimits);
    if (!repair.ok) return repair;
    this.#unreported = [...this.#unreported, ...repair.value];
    const ran = holdRound(session, () =>
      this.#scanner.round({ limit: 'hitless', repairLimits: () => ok(repairLimits) }, changed),
    );
    if (!ran.ok || ran.value === undefined) return ran.ok ? ok(undefined) : ran;
    const { round, isFull } = ran.value;
    const whole = withRepairs(this.#unreported, round);
    this.#unreported = [];
    return ok({ round: whole, isFull, refused: refusalOf(refused), unconfirmed: prepared.value });
  }

  /** Remembers the notifications so far, and the desired state before the first round of this process. */
  #remember(document: VnetDocument): void {
    const { status, wanted, evidence } = this.#memory;
    const wasTrue = status?.convergedGeneration === document.metadata.generation;
    this.#memory = {
      ...this.#memory,
      wanted: wanted ?? (wasTrue ? derive(document, new Map()).state : undefined),
      evidence: [...evidence, ...this.#tracker.takeEvidence()],
    };
  }

  #digest(attempt: RoundResult | undefined, nowMs: number): LoopRound {
    const said =
      (this.#streak?.message ?? '') === '' ? [] : [this.#event('Recovered', 'rounds succeed again')];
    this.#streak = undefined;
    if (attempt === undefined) return { ...NOTHING_RAN, events: said };
    const { round, isFull } = attempt;
    const { digest, events } = this.#understand(attempt, nowMs);
    this.#memory = digest.memory;
    this.#scanner.cache.store(round.planned);
    this.#seen = round.document;
    const attended = this.#tracker.expect(round.document, round.planned);
    const isChanged = digest.repaired.length + digest.applied.length > 0;
    return {
      ...NOTHING_RAN,
      round,
      isFull,
      digest,
      events: [
        ...said,
        ...events,
        ...(attended.ok ? [] : [this.#event('Failed', renderFailure(attended.error))]),
      ],
      dates: nextRounds(
        { ...attempt, isChanged, pauses: this.#pauses, memory: this.#memory },
        this.#ports,
        nowMs,
      ),
    };
  }

  /** The consequences of a round, and its events. */
  #understand(
    { round, isFull, refused, unconfirmed }: RoundResult,
    nowMs: number,
  ): { readonly digest: Digest; readonly events: readonly VnetEvent[] } {
    const before = { ...this.#memory, evidence: [...this.#memory.evidence, ...this.#tracker.takeEvidence()] };
    const saying = {
      nowMs,
      doneMs: this.#scanner.changedMs,
      toTime: (ms: number) => timeOf(this.#ports, ms),
    };
    const digest = digestRound(before, round, {
      ...saying,
      chance: this.#ports.chance,
      pauses: this.#pauses.length,
      refused,
      unconfirmed,
      ...nodeFindings(this.#ports.session, round.document, isFull),
    });
    return { digest, events: eventsOf(before, round, digest, saying) };
  }

  /** Returns the state that the round leaves the loop in. */
  idleStateAfter({ problem }: LoopRound): IdleState {
    const { repairHistories, tracking } = this.#memory;
    if (problem !== undefined) return 'backoff';
    if (contended(repairHistories).length > 0) return 'contended';
    const states = new Set([...tracking.values()].map(({ state }) => state));
    if (states.has('error') || states.has('pending')) return 'backoff';
    return states.has('paused') ? 'paused' : 'converged';
  }

  #fail(problem: Problem, nowMs: number): LoopRound {
    const moment = { nowMs, chance: this.#ports.chance() };
    const { streak, waitMs, isPatient, isNews } = recordFailedRound(this.#streak, problem, moment);
    this.#streak = streak;
    const { message } = streak;
    if (!isPatient) {
      const trouble = { message, time: timeOf(this.#ports, nowMs), pauses: this.#pauses.length };
      this.#memory = { ...this.#memory, status: failedRoundStatus(this.#memory.status, trouble) };
    }
    return {
      ...NOTHING_RAN,
      problem,
      events: isNews ? [this.#event('Failed', message)] : [],
      dates: new Map([['retry', nowMs + waitMs]]),
    };
  }

  #event(type: VnetEvent['type'], message: string): VnetEvent {
    return { time: timeOf(this.#ports, this.#ports.clock.nowMs()), type, message };
  }
}
