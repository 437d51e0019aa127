/**
 * The resident loop: what happens to the kernel or the document makes it look, and one round does what is missing. Every
 * round compares everything, so whatever was missed is found by the next one; without the loop everything works, only later.
 */
import { withParts } from '../model/part.ts';
import { ok, type Result } from '../model/result.ts';
import {
  type Agenda,
  type Calls,
  dueMs,
  gather,
  NO_CALLS,
  NOTHING,
  plan,
  replan,
  take,
  type Trigger,
  yieldedMs,
} from './agenda.ts';
import type { VnetEvent } from './event.ts';
import { Hearing } from './hearing.ts';
import { Rounds } from './rounds.ts';
import { timeOf, type WatchWorld } from './watch-world.ts';

/** An ADD makes all of its endpoint by itself, so what it wrote into the document is looked at when it is over. Units: ms. */
const SETTLE_MS = 1000;
/** Where a round takes long, pods that come one after the other must not make one round of the other's end. */
const SETTLE_ROUNDS = 20;
/** Plugins that are chained behind us move routes of the pod they are given: they are left in peace for so long. */
const PODS_MS = 500;

/** What is looked into before it makes anybody look: it may be just what the document says. */
const HEARD: readonly Trigger[] = ['announced', 'pods', 'document'];

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
  #roundMs = 0;
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

  /** Takes in what the kernel announces. */
  hear(): void {
    if (this.#isStopped) return;
    const { here, inPods, isLost } = this.#hearing.listen();
    const nowMs = this.#ports.clock.nowMs();
    if (here) this.#agenda = gather(this.#agenda, 'announced', nowMs);
    if (inPods) this.#agenda = plan(this.#agenda, 'pods', nowMs + PODS_MS);
    if (isLost) {
      this.#say('Overflow', 'the kernel had no room for all announcements: looking at everything');
      this.#agenda = gather(this.#agenda, 'overflow', nowMs);
    }
    if (here || inPods || isLost) this.#schedule();
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
    this.#say('Stopped', 'asked to');
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
      if (await withParts(() => this.#isWorthALook(due))) await this.#look(due);
    } finally {
      this.#isBusy = false;
      this.#schedule();
    }
  }

  /** What an ADD, a DEL or a round of ours announces is as their document says, once that is known. */
  #isWorthALook(due: readonly Trigger[]): boolean {
    if (due.some((trigger) => !HEARD.includes(trigger))) return true;
    const news = this.#rounds.refresh();
    if (news === 'endpoints') {
      const settleMs = Math.max(SETTLE_MS, SETTLE_ROUNDS * this.#roundMs);
      this.#agenda = plan(this.#agenda, 'settled', this.#ports.clock.nowMs() + settleMs);
    }
    return news === 'edited' || this.#hearing.suspects({ inPods: due.includes('pods') });
  }

  async #look(triggers: readonly Trigger[]): Promise<void> {
    const { clock, publish, record, onRound } = this.#ports;
    const startMs = clock.nowMs();
    const { round, problem, digest, events, dates } = await this.#rounds.run(
      triggers.every((trigger) => trigger === 'announced'),
    );
    const endMs = clock.nowMs();
    this.#roundMs = endMs - startMs;
    for (const [trigger, atMs] of dates) this.#agenda = replan(this.#agenda, trigger, atMs);
    this.#agenda = replan(this.#agenda, 'scan', endMs + this.#options.intervalMs);
    if (events.length > 0) record(events);
    const { status } = this.#rounds;
    if (status !== undefined) publish(status);
    onRound?.({ startMs, endMs, triggers, round, problem, digest, events, status });
  }

  #say(type: VnetEvent['type'], message: string): void {
    this.#ports.record([{ time: timeOf(this.#ports, this.#ports.clock.nowMs()), type, message }]);
  }
}
