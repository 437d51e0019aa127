/** Keeps the kernel's notifications that do not match the document, until a scan covers them. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { derive } from '../../model/derive.ts';
import { covers, notificationFilterOf, isSameFilter } from '../../model/notification-filter.ts';
import {
  type Announcements,
  type NotificationFilter,
  type Monitor,
  type Notice,
  SOME_POD,
} from '../../model/ports/monitor.ts';
import { ownershipOf } from '../../model/ownership.ts';
import { enforcedPolicies } from '../../model/policy/policy-input.ts';
import { ok, type Result } from '../../model/result.ts';
import { keyOf, type ObjectKey, type State } from '../../model/state.ts';
import { type AnnouncedChange, evidenceOf, addEvidence, type Process } from '../report/attribution.ts';
import type { PlannedNode } from '../node/plan-node.ts';
import { type Expectation, expectationOf, reviseExpectation, type Revision } from './expectation.ts';
import { asStateNotice, contradicts, isPartialNotice, mayRemoveOthers } from './mismatch.ts';
import type { Clock } from './watch-ports.ts';

/** New mismatches, on the host and in pods. Shape: `isLost`: the kernel dropped notifications. */
export type NewMismatches = { readonly here: boolean; readonly inPods: boolean; readonly isLost: boolean };

/**
 * Objects that may differ from the document.
 * Shape: `suspects` is undefined if any may: notifications were lost, or one is about some pod. `until` is
 * the position up to which they were read.
 */
export type SuspectedChanges = {
  readonly suspects: readonly ObjectKey[] | undefined;
  readonly until: number;
};

/** The time, the lookup of processes, and the number of this one. */
export type TrackerInputs = {
  readonly pid: number;
  readonly clock: Clock;
  readonly toTime: (ms: number) => string;
  readonly processOf: (pid: number) => Process | undefined;
};

/** Shape: `isLasting`: more may be gone than was announced. `readAt` is the number of the read. */
type Mismatch = { readonly notice: Notice; readonly isLasting: boolean; readonly readAt: number };

/** A notification received before the first round set expectations. */
type Unjudged = { readonly notice: Notice; readonly readAt: number };

/** More of them are not kept: everything is read again instead. */
const MAX_UNJUDGED = 10_000;

/** Compares notifications of a monitor with the expected state. */
export class AnnouncementTracker {
  readonly #monitor: Monitor;
  readonly #inputs: TrackerInputs;
  readonly #mismatches = new Map<ObjectKey, Mismatch>();
  #evidence: readonly AnnouncedChange[] = [];
  #expectation: Expectation | undefined;
  #interest: NotificationFilter | undefined;
  #unjudged: readonly Unjudged[] = [];
  #readings = 0;
  #lostAt: number | undefined;

  constructor(monitor: Monitor, inputs: TrackerInputs) {
    this.#monitor = monitor;
    this.#inputs = inputs;
  }

  /** Returns true while there are mismatches, or notifications were lost; mismatches in pods count only with `inPods`. */
  hasMismatches({ inPods }: { readonly inPods: boolean }): boolean {
    if (this.#lostAt !== undefined) return true;
    if (inPods) return this.#mismatches.size > 0;
    return [...this.#mismatches.values()].some(({ notice }) => notice.object.netns !== SOME_POD);
  }

  /** Returns the objects of the mismatches. */
  get suspects(): readonly ObjectKey[] {
    return [...this.#mismatches.keys()];
  }

  /** Returns the objects that may differ from the document. */
  get suspicion(): SuspectedChanges {
    const isUnplaced =
      this.#lostAt !== undefined ||
      [...this.#mismatches.values()].some(({ notice }) => notice.object.netns === SOME_POD);
    return { suspects: isUnplaced ? undefined : this.suspects, until: this.#readings };
  }

  /** Forgets notifications covered by a scan: everything received before it. */
  clearUntil(until: number): void {
    for (const [key, { readAt }] of this.#mismatches) if (readAt <= until) this.#mismatches.delete(key);
    this.#unjudged = this.#unjudged.filter(({ readAt }) => readAt > until);
    if (this.#lostAt !== undefined && this.#lostAt <= until) this.#lostAt = undefined;
  }

  /** Returns the changes and their authors since the last call, oldest first. */
  takeEvidence(): readonly AnnouncedChange[] {
    const evidence = this.#evidence;
    this.#evidence = [];
    return evidence;
  }

  /** Reads the monitor and returns new mismatches. */
  read(): NewMismatches {
    return this.#take(this.#drain());
  }

  /**
   * Reads the monitor just after our own change of these objects: notifications about them are ours, or
   * indistinguishable from ours.
   */
  readAfterChanging(changed: ReadonlySet<ObjectKey>): void {
    const { notices, isLost } = this.#drain();
    const isOurs = ({ verb, object }: Notice): boolean =>
      changed.has(keyOf(object)) || (verb === 'touched' && object.netns !== SOME_POD);
    this.#take({ notices: notices.filter((notice) => !isOurs(notice)), isLost });
  }

  #drain(): Announcements {
    const { notices: heard, isLost } = this.#monitor.drain();
    this.#readings += 1;
    // A transaction of this process leaves a table in its desired state.
    const isOwn = ({ verb, process }: Notice): boolean =>
      verb === 'touched' && process?.pid === this.#inputs.pid;
    const notices = heard.filter((notice) => !isOwn(notice));
    if (isLost) this.#lostAt = this.#readings;
    const expectation = this.#expectation;
    if (expectation === undefined) return { notices, isLost };
    return { notices: notices.flatMap((notice) => asStateNotice(notice, expectation) ?? []), isLost };
  }

  /** Ensures that notifications are compared from now on with the desired state found by a round. */
  expect(document: VnetDocument, { desired }: Pick<PlannedNode, 'desired'>): Result<void> {
    const before = this.#interest;
    const attended = this.#attend(document, desired.state);
    // Until now the filter discarded relevant notifications: changes since the scan are unknown.
    const isWider = before !== undefined && !covers(before, notificationFilterOf(desired.state));
    if (isWider) this.#lostAt = this.#readings;
    return attended;
  }

  #attend(document: VnetDocument, desired: State): Result<void> {
    this.#expectation = expectationOf(desired, ownershipOf(document));
    this.#judge();
    const interest = notificationFilterOf(desired);
    if (this.#interest !== undefined && isSameFilter(interest, this.#interest)) return ok(undefined);
    this.#interest = interest;
    return this.#monitor.attend(interest);
  }

  /** Compares the notifications received between the first scan and the expectation it gave. */
  #judge(): void {
    const [expectation, unjudged] = [this.#expectation, this.#unjudged];
    if (expectation === undefined || unjudged.length === 0) return;
    this.#unjudged = [];
    const notices = unjudged.flatMap(({ notice }) => asStateNotice(notice, expectation) ?? []);
    this.#take({ notices, isLost: false });
  }

  #postpone(notices: readonly Notice[]): void {
    this.#unjudged = [...this.#unjudged, ...notices.map((notice) => ({ notice, readAt: this.#readings }))];
    if (this.#unjudged.length <= MAX_UNJUDGED) return;
    this.#unjudged = [];
    this.#lostAt = this.#readings;
  }

  /** As expect, for a document without a round so far: pods are assumed to be as last observed. */
  expectDocument(document: VnetDocument, { observation }: Pick<PlannedNode, 'observation'>): Result<void> {
    const { namespaces, state, members } = observation;
    const desired = derive(document, namespaces, state, enforcedPolicies(document, members, state));
    const attended = this.#attend(document, desired.state);
    this.#compareAgain();
    return attended;
  }

  /**
   * As expectDocument, if only these endpoints changed. Returns false if the change affects which
   * notifications matter: then use expectDocument.
   */
  revise(document: VnetDocument, revision: Revision): boolean {
    const [expectation, interest] = [this.#expectation, this.#interest];
    if (expectation === undefined || interest === undefined) return false;
    if (!covers(interest, notificationFilterOf(revision.come))) return false;
    this.#expectation = reviseExpectation(expectation, revision, ownershipOf(document));
    this.#compareAgain();
    return true;
  }

  /** A mismatch with an older document may match the new one. */
  #compareAgain(): void {
    const expectation = this.#expectation;
    if (expectation === undefined) return;
    for (const [key, { notice, isLasting }] of this.#mismatches) {
      if (!isLasting && !contradicts(notice, expectation)) this.#clear(key);
    }
  }

  #clear(key: ObjectKey): void {
    this.#mismatches.delete(key);
    this.#evidence = this.#evidence.filter((piece) => piece.key !== key);
  }

  /**
   * A mismatch that matches again at the end of the batch is ignored: many changes are announced in steps.
   */
  #take({ notices, isLost }: Announcements): NewMismatches {
    if (this.#expectation === undefined) this.#postpone(notices);
    const odd = notices.filter((notice) => this.#classify(notice));
    let [here, inPods] = [false, false];
    const atMs = this.#inputs.clock.nowMs();
    for (const notice of odd) {
      if (!this.#mismatches.has(keyOf(notice.object))) continue;
      this.#addEvidence(notice, atMs);
      if (notice.object.netns === SOME_POD) inPods = true;
      else here = true;
    }
    return { here, inPods, isLost };
  }

  /** Returns true if the notice does not match the expected state. */
  #classify(notice: Notice): boolean {
    if (this.#expectation === undefined) return false;
    const key = keyOf(notice.object);
    const known = this.#mismatches.get(key);
    if (!contradicts(notice, this.#expectation)) {
      const isEnough = known !== undefined && (isPartialNotice(known.notice) || !isPartialNotice(notice));
      if (isEnough && !known.isLasting) this.#clear(key);
      return false;
    }
    const isLasting = known?.isLasting === true || mayRemoveOthers(notice);
    this.#mismatches.set(key, { notice, isLasting, readAt: this.#readings });
    return true;
  }

  #addEvidence(notice: Notice, atMs: number): void {
    const { toTime, processOf } = this.#inputs;
    const moment = { atMs, time: toTime(atMs) };
    this.#evidence = addEvidence(this.#evidence, evidenceOf(notice, moment, processOf));
  }

  /** Stops receiving notifications. */
  close(): void {
    this.#monitor.close();
  }
}
