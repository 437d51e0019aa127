/**
 * The resident loop: what happens to the kernel or the document makes it look, and one round does what is missing. Every
 * round compares everything, so whatever was missed is found by the next one; without the loop everything works, only later.
 */
import type { Observer } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import {
  type Agenda,
  type Calls,
  dueMs,
  gather,
  isCalled,
  NO_CALLS,
  NOTHING,
  plan,
  replan,
  take,
  type Trigger,
  yieldedMs,
} from './agenda.ts';
import type { VnetEvent } from '../report/event.ts';
import { Hearing } from './hearing.ts';
import { type Ran, Rounds } from './rounds.ts';
import { timeOf, type WatchWorld } from './watch-world.ts';

/** Plugins that are chained behind us move routes of the pod they are given: they are left in peace for so long. */
const PODS_MS = 500;

/** What is looked into before it makes anybody look at everything: it may be just what the document says. */
const HEARD: readonly Trigger[] = ['announced', 'pods', 'document', 'settled'];
/** What was heard of, or done, is what such a round looks into. */
const OF_KNOWN: readonly Trigger[] = ['announced', 'recheck'];

/** How the loop runs. Units: `intervalMs` milliseconds between two full scans. */
export type WatchOptions = { readonly intervalMs: number };

/** A running loop. */
export class Watch {
  readonly #ports: WatchWorld;
  readonly #options: WatchOptions;
  readonly #hearing: Hearing;
  readonly #rounds: Rounds;
  readonly #stopWatching: () => Promise<void>;
  #agenda: Agenda = plan(NOTHING, 'start', Number.NEGATIVE_INFINITY);
  #calls: Calls = NO_CALLS;
  #isBusy = false;
  #isStopped = false;
  #cancel: () => void = () => undefined;

  private constructor(ports: WatchWorld, options: WatchOptions, hearing: Hearing) {
    this.#ports = ports;
    this.#options = options;
    this.#hearing = hearing;
    this.#rounds = new Rounds(ports, hearing);
    this.#stopWatching = ports.watchDocument(() => this.#gather('document'));
  }

  /** Begins to listen, and looks at everything as soon as the event loop is free. Errors: those of the monitor. */
  static start(ports: WatchWorld, options: WatchOptions): Result<Watch> {
    let watch: Watch | undefined;
    const monitor = ports.openMonitor(() => watch?.hear());
    if (!monitor.ok) return monitor;
    const { clock, processOf } = ports;
    const toTime = (ms: number): string => timeOf(ports, ms);
    watch = new Watch(ports, options, new Hearing(monitor.value, { clock, toTime, processOf }));
    watch.#say('Started', `full scan every ${options.intervalMs / 1000} s`);
    watch.#schedule();
    return ok(watch);
  }

  /**
   * Takes in what the kernel announces, at once: who it was may be gone in a moment. While calls are answered it is nearly
   * always what they do, which the document says as soon as it is read.
   */
  hear(): void {
    if (this.#isStopped) return;
    if (isCalled(this.#calls, this.#ports.clock.nowMs())) this.#gather('announced');
    else if (this.#listen()) this.#schedule();
  }

  /** Returns true when something is to be done. */
  #listen(): boolean {
    const { here, inPods, isLost } = this.#hearing.listen();
    const nowMs = this.#ports.clock.nowMs();
    if (here) this.#agenda = gather(this.#agenda, 'announced', nowMs);
    if (inPods) this.#agenda = plan(this.#agenda, 'pods', nowMs + PODS_MS);
    if (isLost) {
      this.#say('Overflow', 'notifications were lost (socket buffer full): full scan');
      this.#agenda = gather(this.#agenda, 'overflow', nowMs);
    }
    return here || inPods || isLost;
  }

  /** Notes that a call has begun beside the loop; what is returned notes its end. Until then, and just after, nothing is begun. */
  noteCall(): () => void {
    const note = (by: number): void => {
      this.#calls = { open: this.#calls.open + by, lastMs: this.#ports.clock.nowMs() };
    };
    note(1);
    this.#schedule();
    return () => {
      note(-1);
      this.#schedule();
    };
  }

  /**
   * Resolves to who sees the node as it is now, as far as it may have changed since it was last looked at; undefined when
   * that would have to be everything.
   */
  async inquire(): Promise<Observer | undefined> {
    if (this.#isBusy || this.#isStopped) return undefined;
    const news = this.#rounds.refresh();
    const { settleMs } = this.#rounds;
    if (settleMs !== undefined) this.#agenda = plan(this.#agenda, 'settled', settleMs);
    if (news === 'edited') this.scan();
    this.#listen();
    this.#schedule();
    const isLost = this.#agenda.bursts.has('overflow');
    return news === 'edited' || isLost ? undefined : this.#rounds.observer();
  }

  /** Asks for a look at everything, now. */
  scan(): void {
    this.#gather('asked');
  }

  /** Resolves when the loop has ended; nothing is begun any more. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancel();
    this.#hearing.close();
    this.#say('Stopped', 'on a signal');
    await this.#stopWatching();
  }

  #gather(trigger: Trigger): void {
    if (this.#isStopped) return;
    this.#agenda = gather(this.#agenda, trigger, this.#ports.clock.nowMs());
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel();
    const due = dueMs(this.#agenda);
    if (this.#isBusy || this.#isStopped || due === undefined) return;
    const delayMs = Math.max(0, yieldedMs(due, this.#calls) - this.#ports.clock.nowMs());
    this.#cancel = this.#ports.clock.after(delayMs, () => {
      this.#turn().catch(this.#ports.failed);
    });
  }

  async #turn(): Promise<void> {
    this.#isBusy = true;
    try {
      const { due, rest } = take(this.#agenda, this.#ports.clock.nowMs());
      this.#agenda = rest;
      if (this.#isWorthALook(due)) await this.#look(due);
      else if (due.includes('settled')) await this.#settle(due);
    } finally {
      this.#isBusy = false;
      this.#schedule();
    }
  }

  /** What an ADD, a DEL or a round of ours announces is as their document says, once that is known. */
  #isWorthALook(due: readonly Trigger[]): boolean {
    // A timer may be a little early.
    if (due.length === 0) return false;
    if (due.some((trigger) => !HEARD.includes(trigger))) return true;
    const news = this.#rounds.refresh();
    const { settleMs } = this.#rounds;
    if (settleMs !== undefined) this.#agenda = plan(this.#agenda, 'settled', settleMs);
    // What calls have done was not listened to yet.
    this.#listen();
    return news === 'edited' || this.#hearing.suspects({ inPods: due.includes('pods') });
  }

  /** Of endpoints that CNI wrote of it is enough to look at them, when they are as they should be. */
  async #settle(triggers: readonly Trigger[]): Promise<void> {
    const startMs = this.#ports.clock.nowMs();
    const ran = this.#rounds.settle();
    if (ran === undefined) await this.#look(triggers);
    else this.#tell(ran, startMs, triggers);
  }

  async #look(triggers: readonly Trigger[]): Promise<void> {
    const startMs = this.#ports.clock.nowMs();
    const ran = await this.#rounds.run(triggers.every((trigger) => OF_KNOWN.includes(trigger)));
    this.#tell(ran, startMs, triggers);
    const { intervalMs } = this.#options;
    this.#agenda = replan(this.#agenda, 'scan', this.#ports.clock.nowMs() + intervalMs);
  }

  #tell({ round, problem, digest, events, dates }: Ran, startMs: number, triggers: readonly Trigger[]): void {
    const { clock, publish, record, onRound } = this.#ports;
    const endMs = clock.nowMs();
    for (const [trigger, atMs] of dates) this.#agenda = replan(this.#agenda, trigger, atMs);
    this.#agenda = replan(this.#agenda, 'settled', this.#rounds.settleMs);
    if (events.length > 0) record(events);
    const { status } = this.#rounds;
    if (status !== undefined) publish(status);
    onRound?.({ startMs, endMs, triggers, round, problem, digest, events, status });
  }

  #say(type: VnetEvent['type'], message: string): void {
    this.#ports.record([{ time: timeOf(this.#ports, this.#ports.clock.nowMs()), type, message }]);
  }
}
