/**
 * The resident loop: a change of the kernel or the document triggers a scan, and one round applies the missing steps. Every
 * round compares everything, so a missed trigger is covered by the next one; the loop is an optional accelerator.
 */
import type { Observer } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import {
  type Schedule,
  type Calls,
  dueMs,
  scheduleBurst,
  isServing,
  NO_CALLS,
  EMPTY_SCHEDULE,
  scheduleAt,
  reschedule,
  takeDue,
  type Trigger,
  startAfterCalls,
} from './schedule.ts';
import type { VnetEvent } from '../files/event.ts';
import { AnnouncementTracker } from './announcements.ts';
import { type LoopRound, Rounds } from './rounds.ts';
import {
  INITIAL_POSITION,
  isAllLocated,
  type WatchPosition,
  signalOf,
  transition,
  type WatchEvent,
  type WatchState,
} from './states.ts';
import { timeOf, type WatchPorts } from './watch-ports.ts';

/** Chained plugins move routes of a new pod: its objects are not repaired for this long. */
const PODS_MS = 500;

/** Options of the loop. Units: `intervalMs` milliseconds between two full scans. */
export type WatchOptions = { readonly intervalMs: number };

/** A running loop. */
export class Watch {
  readonly #ports: WatchPorts;
  readonly #options: WatchOptions;
  readonly #tracker: AnnouncementTracker;
  readonly #rounds: Rounds;
  readonly #stopWatching: () => Promise<void>;
  #schedule: Schedule = scheduleAt(EMPTY_SCHEDULE, 'start', Number.NEGATIVE_INFINITY);
  #position: WatchPosition = INITIAL_POSITION;
  #calls: Calls = NO_CALLS;
  #isBusy = false;
  #isStopped = false;
  #cancel: () => void = () => undefined;

  private constructor(ports: WatchPorts, options: WatchOptions, tracker: AnnouncementTracker) {
    this.#ports = ports;
    this.#options = options;
    this.#tracker = tracker;
    this.#rounds = new Rounds(ports, tracker);
    const stops = [
      ports.watchDocument(() => this.#scheduleBurst('document')),
      ports.watchMembers?.(() => this.#follow()),
    ];
    this.#stopWatching = async () => {
      for (const stop of stops) await stop?.();
    };
  }

  /**
   * Starts to listen; the first full scan follows as soon as the event loop is free.
   * Errors: those of the monitor.
   */
  static start(ports: WatchPorts, options: WatchOptions): Result<Watch> {
    let watch: Watch | undefined;
    const monitor = ports.openMonitor(() => watch?.hear());
    if (!monitor.ok) return monitor;
    const { clock, processOf, pid } = ports;
    const toTime = (ms: number): string => timeOf(ports, ms);
    watch = new Watch(
      ports,
      options,
      new AnnouncementTracker(monitor.value, { clock, toTime, processOf, pid }),
    );
    watch.#say('Started', `full scan every ${options.intervalMs / 1000} s`);
    watch.#wait();
    return ok(watch);
  }

  /**
   * Receives the kernel's notifications at once: the author may be gone in a moment. During calls they are mostly
   * their changes, which the document shows as soon as it is read.
   */
  hear(): void {
    if (this.#isStopped) return;
    if (isServing(this.#calls, this.#ports.clock.nowMs())) this.#scheduleBurst('announced');
    else if (this.#read()) this.#wait();
  }

  /** Returns true if a round is needed. */
  #read(): boolean {
    const { here, inPods, isLost } = this.#tracker.read();
    const nowMs = this.#ports.clock.nowMs();
    if (here) this.#schedule = scheduleBurst(this.#schedule, 'announced', nowMs);
    if (inPods) this.#schedule = scheduleAt(this.#schedule, 'pods', nowMs + PODS_MS);
    if (isLost) {
      this.#say('Overflow', 'notifications were lost (socket buffer full): full scan');
      this.#schedule = scheduleBurst(this.#schedule, 'overflow', nowMs);
    }
    return here || inPods || isLost;
  }

  /** Records the start of a call beside the loop; the returned function records its end. Until shortly after it, no round starts. */
  noteCall(): () => void {
    const note = (by: number): void => {
      this.#calls = { open: this.#calls.open + by, lastMs: this.#ports.clock.nowMs() };
    };
    note(1);
    this.#wait();
    return () => {
      note(-1);
      this.#wait();
    };
  }

  /**
   * Resolves to a partial scan of the present state, as far as it may have changed since the last one; undefined if
   * a full scan is needed.
   */
  async inquire(): Promise<Observer | undefined> {
    if (this.#isBusy || this.#isStopped) return undefined;
    const update = this.#rounds.refresh();
    this.#planCheck();
    if (update === 'edited') this.scan();
    this.#read();
    this.#wait();
    const isLost = this.#schedule.bursts.has('overflow');
    return update === 'edited' || isLost ? undefined : this.#rounds.observer();
  }

  /** Returns the time that the last change of network policies took until it was in force; undefined without any in force. Units: milliseconds. */
  get policyLagMs(): number | undefined {
    return this.#rounds.status?.policies?.lagMs;
  }

  /** Returns the state of the loop. */
  get state(): WatchState {
    return this.#position.state;
  }

  /** Requests a full scan now. */
  scan(): void {
    this.#scheduleBurst('asked');
  }

  /** Resolves when the loop has ended; no further round starts. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancel();
    this.#tracker.close();
    this.#say('Stopped', 'on a signal');
    await this.#stopWatching();
  }

  #scheduleBurst(trigger: Trigger): void {
    if (this.#isStopped) return;
    const nowMs = this.#ports.clock.nowMs();
    // One call causes a dozen notifications; its end sets the time of their round.
    if (this.#schedule.bursts.has(trigger) && isServing(this.#calls, nowMs)) return;
    this.#schedule = scheduleBurst(this.#schedule, trigger, nowMs);
    this.#wait();
  }

  /** A change of the members is in the kernel at once, also during calls: it takes a moment. A round follows where it is needed. */
  #follow(): void {
    if (this.#isStopped) return;
    const canFollow = !this.#isBusy && this.#rounds.hasScanned;
    if (canFollow && this.#rounds.refresh() === 'edited') this.scan();
    if (canFollow) this.#planCheck();
    if (!canFollow || this.#rounds.followMembers() === 'round') this.#scheduleBurst('members');
  }

  #wait(): void {
    this.#cancel();
    const due = dueMs(this.#schedule);
    if (this.#isBusy || this.#isStopped || due === undefined) return;
    const delayMs = Math.max(0, startAfterCalls(due, this.#calls) - this.#ports.clock.nowMs());
    this.#cancel = this.#ports.clock.after(delayMs, () => {
      this.#turn().catch(this.#ports.failed);
    });
  }

  async #turn(): Promise<void> {
    this.#isBusy = true;
    try {
      const { due, rest } = takeDue(this.#schedule, this.#ports.clock.nowMs());
      this.#schedule = rest;
      // A timer may fire slightly early.
      if (due.length > 0) await this.#run(due);
    } finally {
      this.#isBusy = false;
      this.#wait();
    }
  }

  /** Passes from one state between rounds to the next, as states.ts says. */
  async #run(due: readonly Trigger[]): Promise<void> {
    this.#move(signalOf(due));
    if (this.state === 'heard') this.#move(this.#compare(due));
    if (this.state === 'suspicious') this.#move(isAllLocated(due) ? 'located' : 'unlocated');
    if (this.state === 'checking') await this.#check(due);
    if (this.state === 'partial' || this.state === 'full') await this.#round(due);
  }

  /** Notifications caused by an ADD, a DEL or a round match the document, once it is read. */
  #compare(due: readonly Trigger[]): 'matches' | 'written' | 'mismatch' {
    const update = this.#rounds.refresh();
    const followed = this.#rounds.followMembers();
    this.#planCheck();
    // Changes by calls were not read yet.
    this.#read();
    const hasMismatches = this.#tracker.hasMismatches({ inPods: due.includes('pods') });
    if (update === 'edited' || followed === 'round' || hasMismatches) return 'mismatch';
    return due.includes('settled') ? 'written' : 'matches';
  }

  /** Endpoints written by CNI only need a check, if they match. */
  async #check(triggers: readonly Trigger[]): Promise<void> {
    const startMs = this.#ports.clock.nowMs();
    const ran = this.#rounds.checkEndpoints();
    if (ran !== undefined) this.#tell(ran, startMs, triggers);
    this.#move(ran === undefined ? 'mismatch' : 'matches');
  }

  async #round(triggers: readonly Trigger[]): Promise<void> {
    const startMs = this.#ports.clock.nowMs();
    const ran = await this.#rounds.run(this.state === 'partial');
    if (this.state === 'partial' && ran.isFull) this.#move('unlocated');
    this.#tell(ran, startMs, triggers);
    const { intervalMs } = this.#options;
    this.#schedule = reschedule(this.#schedule, 'scan', this.#ports.clock.nowMs() + intervalMs);
    if (ran.round !== undefined) this.#scheduleMismatches();
    this.#move(this.#rounds.idleStateAfter(ran));
  }

  /** A round reads notifications itself: those after its last scan cause no further signal. */
  #scheduleMismatches(): void {
    const nowMs = this.#ports.clock.nowMs();
    if (this.#tracker.hasMismatches({ inPods: false })) {
      this.#schedule = scheduleBurst(this.#schedule, 'announced', nowMs);
    } else if (this.#tracker.hasMismatches({ inPods: true })) {
      this.#schedule = scheduleAt(this.#schedule, 'pods', nowMs + PODS_MS);
    }
  }

  #move(event: WatchEvent): void {
    const from = this.#position.state;
    this.#position = transition(this.#position, event);
    this.#ports.onTransition?.({ from, event, to: this.#position.state });
  }

  #planCheck(): void {
    const { checkMs } = this.#rounds;
    if (checkMs !== undefined) this.#schedule = scheduleAt(this.#schedule, 'settled', checkMs);
  }

  #tell(
    { round, problem, digest, events, dates }: LoopRound,
    startMs: number,
    triggers: readonly Trigger[],
  ): void {
    const { clock, publish, record, onRound } = this.#ports;
    const endMs = clock.nowMs();
    for (const [trigger, atMs] of dates) this.#schedule = reschedule(this.#schedule, trigger, atMs);
    this.#schedule = reschedule(this.#schedule, 'settled', this.#rounds.checkMs);
    if (events.length > 0) record(events);
    const { status } = this.#rounds;
    if (status !== undefined) publish(status);
    onRound?.({ startMs, endMs, triggers, round, problem, digest, events, status });
  }

  #say(type: VnetEvent['type'], message: string): void {
    this.#ports.record([{ time: timeOf(this.#ports, this.#ports.clock.nowMs()), type, message }]);
  }
}
