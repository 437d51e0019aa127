/** The rounds of the resident loop, one after the other: what is remembered between them, and when the next one is due. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Problem } from '../document/store.ts';
import { derive } from '../model/derive.ts';
import type { Kernel } from '../model/kernel.ts';
import { withParts } from '../model/part.ts';
import { ok, renderFailure, type Result } from '../model/result.ts';
import { keyOf, type ObjectKey } from '../model/state.ts';
import { subjectOf } from '../plan/order.ts';
import type { Trigger } from './agenda.ts';
import { conditionsOf } from './conditions.ts';
import { calmDueMs } from './contention.ts';
import { type Digest, digestRound, freshMemory, type Memory } from './digest.ts';
import type { VnetEvent } from './event.ts';
import type { Hearing } from './hearing.ts';
import { failuresOf, type Outcome } from './execute.ts';
import { giveFirstAid, ownersOf } from './first-aid.ts';
import { completeGlance, glanceScope, podsToEnter } from './glance.ts';
import { gateOf } from './hold.ts';
import { backoffMs, nextDueMs } from './object-status.ts';
import { nextExpiry, type Pause, validPauses } from './pause.ts';
import type { PlannedNode } from './plan-node.ts';
import { type Round, runRound } from './round.ts';
import { eventsOf } from './round-events.ts';
import { type NodeStatus, STATUS_FORMAT } from './status-file.ts';
import { type Tentativeness, timeOf, type WatchWorld } from './watch-world.ts';

/** After a repair it is looked whether somebody has undone it. Units: milliseconds. */
const RECHECK_MS = 1000;
/** A namespace counts as gone when it is still gone after a while (evidence.ts). */
const MISSING_MS = 5100;
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
  readonly refused: string | undefined;
  readonly tentative: Tentativeness | undefined;
};

/** Runs rounds and remembers. */
export class Rounds {
  readonly #ports: WatchWorld;
  readonly #hearing: Hearing;
  #memory: Memory;
  #seen: { readonly text: string; readonly document: VnetDocument } | undefined;
  #planned: PlannedNode | undefined;
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
    const [seen, planned] = [this.#seen, this.#planned];
    if (!snapshot.ok || snapshot.value === undefined || seen === undefined || planned === undefined)
      return 'edited';
    const { text, document, refused } = snapshot.value;
    const wasRefused =
      this.status?.conditions.some(({ type, status }) => type === 'EditRefused' && status) ?? false;
    if ((refused !== undefined) !== wasRefused) return 'edited';
    if (text === seen.text) return 'nothing';
    this.#seen = { text, document };
    this.#hearing.reconsider(document, planned);
    return headOf(document) === headOf(seen.document) ? 'endpoints' : 'edited';
  }

  /**
   * Does one round. `isGlance`: of pods of which nothing was heard it is remembered what was seen last, which the next
   * round that is none looks into. Never rejects for what can happen in the world.
   */
  async run(isGlance: boolean): Promise<Ran> {
    const attempt = await withParts(() => this.#attempt(isGlance));
    const nowMs = this.#ports.clock.nowMs();
    return attempt.ok ? this.#digest(attempt.value, nowMs) : this.#fail(attempt.error, nowMs);
  }

  #attempt(isGlance: boolean): Result<Attempt | undefined, Problem> {
    const { world, clock, prepare, pauses } = this.#ports;
    const prepared = prepare?.(world) ?? ok(undefined);
    if (!prepared.ok) return prepared;
    const snapshot = world.store.read();
    if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
    const { document, refused } = snapshot.value;
    this.#pauses = validPauses(pauses(), world.now());
    this.#remember(document);
    this.#doneMs.clear();
    const holding = { document, pauses: this.#pauses, memory: this.#memory, nowMs: clock.nowMs() };
    const here = { ...world, kernel: this.#listening(document, isGlance), gate: gateOf(holding) };
    const owners = isGlance ? this.#planned?.desired.owners : undefined;
    const aid =
      owners === undefined ? ok([]) : giveFirstAid(here, document, ownersOf(this.#hearing.suspected, owners));
    if (!aid.ok) return aid;
    const round = runRound(here, 'hitless');
    if (!round.ok || round.value === undefined) return round.ok ? ok(undefined) : round;
    const why = refused === undefined ? undefined : `${refused.file}: saved ${refused.time} and not in force`;
    return ok({ round: withOutcomes(aid.value, round.value), refused: why, tentative: prepared.value });
  }

  /** Whatever was announced before everything is read is seen by that, our own doings among it. */
  #listening(document: VnetDocument, isGlance: boolean): Kernel {
    const { kernel } = this.#ports.world;
    const suspects = new Set<ObjectKey>();
    let before = isGlance ? this.#planned : undefined;
    return {
      ...kernel,
      observe: (scope) => {
        if (!scope.whole) return kernel.observe(scope);
        const heard = this.#hearing.beforeLooking();
        for (const key of heard ?? []) suspects.add(key);
        if (heard === undefined) before = undefined;
        if (before === undefined) return kernel.observe(scope);
        const entered = podsToEnter(document, before, suspects);
        const seen = kernel.observe(glanceScope(scope, entered));
        return seen.ok ? ok(completeGlance(seen.value, before.observation, scope)) : seen;
      },
      apply: (changes) => {
        this.#hearing.listen();
        const applied = kernel.apply(changes);
        const doneMs = this.#ports.clock.nowMs();
        const changed = new Set(changes.map((change) => keyOf(subjectOf(change))));
        for (const key of changed) this.#doneMs.set(key, doneMs);
        this.#hearing.afterDoing(changed);
        return applied;
      },
    };
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
      (this.#trouble?.message ?? '') === '' ? [] : [this.#event('Recovered', 'rounds are done again')];
    this.#trouble = undefined;
    if (attempt === undefined)
      return { round: undefined, problem: undefined, digest: undefined, events: said, dates: new Map() };
    const { round, refused, tentative } = attempt;
    const before = { ...this.#memory, evidence: [...this.#memory.evidence, ...this.#hearing.takeEvidence()] };
    const saying = { nowMs, doneMs: this.#doneMs, toTime: (ms: number) => timeOf(this.#ports, ms) };
    const { chance } = this.#ports;
    const surroundings = {
      ...saying,
      chance,
      pauses: this.#pauses.length,
      refused,
      tentative: tentative?.message,
    };
    const digest = digestRound(before, round, surroundings);
    this.#memory = digest.memory;
    this.#planned = round.planned;
    const snapshot = this.#ports.world.store.read();
    this.#seen = { text: snapshot.ok ? (snapshot.value?.text ?? '') : '', document: round.document };
    const attended = this.#hearing.expect(round.document, round.planned);
    const isChanged = digest.repaired.length + digest.applied.length > 0;
    return {
      round,
      problem: undefined,
      digest,
      events: [
        ...said,
        ...eventsOf(before, round, digest, saying),
        ...(attended.ok ? [] : [this.#event('Failed', renderFailure(attended.error))]),
      ],
      dates: this.#datesAfter({ ...attempt, isChanged }, nowMs),
    };
  }

  #datesAfter(
    { round, tentative, isChanged }: Attempt & { readonly isChanged: boolean },
    nowMs: number,
  ): Ran['dates'] {
    const { world, acceptedUntil } = this.#ports;
    const inMs = (date: Date): number => nowMs + date.getTime() - world.now().getTime();
    const missing = Object.values(round.document.endpoints ?? {}).flatMap((endpoint) =>
      endpoint.missing === undefined || endpoint.leaving !== undefined
        ? []
        : [inMs(new Date(endpoint.missing)) + MISSING_MS],
    );
    const ends = [nextExpiry(this.#pauses), acceptedUntil?.(), tentative?.until].flatMap((date) =>
      date === undefined ? [] : [inMs(date)],
    );
    const expiries = [...ends, calmDueMs(this.#memory.contests) ?? Number.POSITIVE_INFINITY];
    const expiryMs = Math.max(nowMs + 1, Math.min(...expiries));
    return new Map<Trigger, number | undefined>([
      ['retry', nextDueMs(this.#memory.tracking)],
      ['expiry', Number.isFinite(expiryMs) ? expiryMs : undefined],
      ['missing', missing.length === 0 ? undefined : Math.max(nowMs + 100, Math.min(...missing))],
      ...(isChanged ? [['recheck', nowMs + RECHECK_MS] as const] : []),
    ]);
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
    if (!isPatient) this.#memory = { ...this.#memory, status: this.#troubled(message, nowMs) };
    return {
      round: undefined,
      problem,
      digest: undefined,
      events: isNews ? [this.#event('Failed', message)] : [],
      dates: new Map([['retry', nowMs + waitMs]]),
    };
  }

  #troubled(problem: string, nowMs: number): NodeStatus {
    const { status } = this.#memory;
    const time = timeOf(this.#ports, nowMs);
    const objects = status?.objects ?? [];
    const generation = status?.observedGeneration ?? 0;
    const circumstances = { generation, drifted: 0, withheld: 0, pauses: this.#pauses.length, problem };
    return {
      format: STATUS_FORMAT,
      time,
      observedGeneration: generation,
      convergedGeneration: status?.convergedGeneration,
      conditions: conditionsOf(objects, circumstances, status, time),
      objects,
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
  return problem.kind === 'failure' ? renderFailure(problem) : 'the document is not valid: see vnet validate';
}

/** What people edit. */
function headOf(document: VnetDocument): string {
  const { node, bootId } = document.metadata;
  return JSON.stringify({ ...document, metadata: { node, bootId }, endpoints: {}, released: {} });
}
