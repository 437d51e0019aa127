/** What the resident loop has heard and not yet looked at: announcements that are at odds with the document. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { derive } from '../../model/derive.ts';
import { covers, interestOf, isSameInterest } from '../../model/interest.ts';
import {
  type Announcements,
  type Interest,
  type Monitor,
  type Notice,
  SOME_POD,
} from '../../model/ports/monitor.ts';
import { ownershipOf } from '../../model/ownership.ts';
import { ok, type Result } from '../../model/result.ts';
import { keyOf, type ObjectKey } from '../../model/state.ts';
import { type Evidence, evidenceOf, noteEvidence, type Process } from '../report/attribution.ts';
import type { PlannedNode } from '../round/plan-node.ts';
import { type Expectation, expectationOf, reviseExpectation, type Revision } from './expectation.ts';
import { inTermsOfState, isAtOdds, isPartial, takesMoreAlong } from './suspicion.ts';
import type { Clock } from './watch-world.ts';

/** What was heard. Shape: `here` is about the node, `inPods` about some pod; `isLost`: the kernel had no room for all. */
export type Heard = { readonly here: boolean; readonly inPods: boolean; readonly isLost: boolean };

/** Who tells the time and who is who. */
export type Witnesses = {
  readonly clock: Clock;
  readonly toTime: (ms: number) => string;
  readonly processOf: (pid: number) => Process | undefined;
};

type Suspicion = { readonly notice: Notice; readonly isLasting: boolean };

/** Listens to a monitor, and compares what it says with what is expected. */
export class Hearing {
  readonly #monitor: Monitor;
  readonly #witnesses: Witnesses;
  readonly #suspicions = new Map<ObjectKey, Suspicion>();
  #evidence: readonly Evidence[] = [];
  #expectation: Expectation | undefined;
  #interest: Interest | undefined;

  constructor(monitor: Monitor, witnesses: Witnesses) {
    this.#monitor = monitor;
    this.#witnesses = witnesses;
  }

  /** Returns true while something heard is at odds with the document; what is in pods counts only when it is asked for. */
  suspects({ inPods }: { readonly inPods: boolean }): boolean {
    if (inPods) return this.#suspicions.size > 0;
    return [...this.#suspicions.values()].some(({ notice }) => notice.object.netns !== SOME_POD);
  }

  /** Returns of what of the node something was heard that is at odds with the document. */
  get suspected(): readonly ObjectKey[] {
    return [...this.#suspicions.keys()];
  }

  /** Returns the same; undefined when something is suspected in some pod: it is not known in which one. */
  get suspectedOfNode(): readonly ObjectKey[] | undefined {
    const isInPods = [...this.#suspicions.values()].some(({ notice }) => notice.object.netns === SOME_POD);
    return isInPods ? undefined : this.suspected;
  }

  /** Returns who was heard changing what since the last time, oldest first. */
  takeEvidence(): readonly Evidence[] {
    const evidence = this.#evidence;
    this.#evidence = [];
    return evidence;
  }

  /** Takes in what the monitor has, and says whether it makes a look necessary. */
  listen(): Heard {
    return this.#take(this.#drain());
  }

  /**
   * Takes in what the monitor has just before everything is read: whatever was heard is seen by that. Returns of what
   * something was heard; undefined when that is not known, since the kernel had no room or it is in some pod.
   */
  beforeLooking(): readonly ObjectKey[] | undefined {
    const { isLost } = this.listen();
    const suspects = this.suspectedOfNode;
    this.#suspicions.clear();
    return isLost ? undefined : suspects;
  }

  /**
   * Takes in what the monitor has just after a round changed these objects: what is said of them is the round's own doing,
   * or can't be told from it. Whoever changes something looks at it again afterwards.
   */
  afterDoing(changed: ReadonlySet<ObjectKey>): void {
    const { notices, isLost } = this.#drain();
    const isOurs = ({ verb, object }: Notice): boolean =>
      changed.has(keyOf(object)) || (verb === 'touched' && object.netns !== SOME_POD);
    const others = notices.filter((notice) => !isOurs(notice));
    this.#take({ notices: others, isLost });
  }

  #drain(): Announcements {
    const { notices, isLost } = this.#monitor.drain();
    const expectation = this.#expectation;
    // What nothing is expected of yet is heard by the round that begins.
    if (expectation === undefined) return { notices: [], isLost };
    return { notices: notices.flatMap((notice) => inTermsOfState(notice, expectation) ?? []), isLost };
  }

  /** Ensures that what is heard from now on is compared with what a round has found to be desired. */
  expect(document: VnetDocument, { desired }: Pick<PlannedNode, 'desired'>): Result<void> {
    this.#expectation = expectationOf(desired.state, ownershipOf(document));
    const interest = interestOf(desired.state);
    if (this.#interest !== undefined && isSameInterest(interest, this.#interest)) return ok(undefined);
    this.#interest = interest;
    return this.#monitor.attend(interest);
  }

  /** As expect, for a document that no round has seen yet: pods are taken to be as the last one found them. */
  reconsider(document: VnetDocument, { observation }: Pick<PlannedNode, 'observation'>): Result<void> {
    const desired = derive(document, observation.namespaces, observation.state);
    const expected = this.expect(document, { desired });
    this.#judgeAgain();
    return expected;
  }

  /**
   * As reconsider, where nothing but these endpoints is new. Returns false when something new must be attended to: then
   * reconsider.
   */
  revise(document: VnetDocument, revision: Revision): boolean {
    const [expectation, interest] = [this.#expectation, this.#interest];
    if (expectation === undefined || interest === undefined) return false;
    if (!covers(interest, interestOf(revision.come))) return false;
    this.#expectation = reviseExpectation(expectation, revision, ownershipOf(document));
    this.#judgeAgain();
    return true;
  }

  /** What was at odds with an older document may be just what the new one says. */
  #judgeAgain(): void {
    const expectation = this.#expectation;
    if (expectation === undefined) return;
    for (const [key, { notice, isLasting }] of this.#suspicions) {
      if (!isLasting && !isAtOdds(notice, expectation)) this.#acquit(key);
    }
  }

  #acquit(key: ObjectKey): void {
    this.#suspicions.delete(key);
    this.#evidence = this.#evidence.filter((piece) => piece.key !== key);
  }

  /** What is right again by the end of it need not be known: many a change is announced in steps. */
  #take({ notices, isLost }: Announcements): Heard {
    const odd = notices.filter((notice) => this.#weigh(notice));
    let [here, inPods] = [false, false];
    const atMs = this.#witnesses.clock.nowMs();
    for (const notice of odd) {
      if (!this.#suspicions.has(keyOf(notice.object))) continue;
      this.#noteEvidence(notice, atMs);
      if (notice.object.netns === SOME_POD) inPods = true;
      else here = true;
    }
    return { here, inPods, isLost };
  }

  /** Returns true when the notice is at odds with what is expected. */
  #weigh(notice: Notice): boolean {
    if (this.#expectation === undefined) return false;
    const key = keyOf(notice.object);
    const known = this.#suspicions.get(key);
    if (!isAtOdds(notice, this.#expectation)) {
      const isEnough = known !== undefined && (isPartial(known.notice) || !isPartial(notice));
      if (isEnough && !known.isLasting) this.#acquit(key);
      return false;
    }
    const isLasting = known?.isLasting === true || takesMoreAlong(notice);
    this.#suspicions.set(key, { notice, isLasting });
    return true;
  }

  #noteEvidence(notice: Notice, atMs: number): void {
    const { toTime, processOf } = this.#witnesses;
    const moment = { atMs, time: toTime(atMs) };
    this.#evidence = noteEvidence(this.#evidence, evidenceOf(notice, moment, processOf));
  }

  /** Ensures that nothing is heard any more. */
  close(): void {
    this.#monitor.close();
  }
}
