/** The resident loop on a simulated node, with a clock and notifications controlled by the test. */
import type { VnetEvent } from '../../../reconciler/loop/files/event.ts';
import type { Pause } from '../../../reconciler/plan/pause.ts';
import type { NodeStatus, ObjectStatus } from '../../../reconciler/loop/files/status-file.ts';
import { Watch } from '../../../reconciler/loop/watch/watch.ts';
import type { RoundReport, WatchPorts } from '../../../reconciler/loop/watch/watch-ports.ts';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import type { Notice } from '../../../reconciler/model/ports/monitor.ts';
import { ok } from '../../../reconciler/model/result.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createSimulatedMonitor } from '../../kernel/monitor/simulated-monitor.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf } from '../../support/node.ts';

/** Units: milliseconds. */
const START = Date.parse('2026-11-21T12:00:00.000Z');
const INTERVAL_MS = 60_000;

/** Returns true if the kernel has the object with the key. */
export function hasObject({ session: { kernel } }: Pick<Played, 'session'>, key: string): boolean {
  const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  return seen.ok && seen.value.state.has(key);
}

/** A loop whose environment the test controls. */
export type Played = {
  readonly session: MemorySession;
  readonly events: VnetEvent[];
  readonly reports: RoundReport[];
  readonly failures: unknown[];
  readonly pauses: Pause[];
  readonly status: () => NodeStatus | undefined;
  readonly object: (key: string) => ObjectStatus | undefined;
  readonly nowMs: () => number;
  readonly now: () => Date;
  /** Applies another program's change; the kernel reports it as Linux does, with this `portId`. */
  readonly tamper: (change: Change, more?: Partial<Notice>) => void;
  readonly announce: (...notices: readonly Notice[]) => void;
  readonly lose: () => void;
  /** Saves the document like an editor. */
  readonly save: (document: VnetDocument) => void;
  /** Resolves after the time has passed and everything due until then is done. */
  readonly pass: (durationMs: number) => Promise<void>;
  /** Begins a CNI call beside the loop; the returned function ends it. */
  readonly call: () => () => void;
  readonly scan: () => void;
  readonly inquire: Watch['inquire'];
  readonly stop: () => Promise<void>;
};

/** Differences to the usual node with two pods. */
export type Play = {
  readonly session?: MemorySession;
  readonly at?: { now: Date };
  readonly previous?: NodeStatus;
  readonly ports?: Partial<WatchPorts>;
  readonly processes?: Readonly<Record<number, string>>;
};

/** Resolves to a loop after its first round. */
export async function play({ at = { now: new Date(START) }, ...more }: Play = {}): Promise<Played> {
  const session = more.session ?? createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]), at);
  const [events, reports, failures, pauses]: [VnetEvent[], RoundReport[], unknown[], Pause[]] = [
    [],
    [],
    [],
    [],
  ];
  let status: NodeStatus | undefined;
  let clockMs = 0;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  let ready = (): void => undefined;
  const monitor = createSimulatedMonitor(session.kernel, () => ready());
  let changed = (): void => undefined;
  const started = Watch.start(
    {
      session,
      clock: {
        nowMs: () => clockMs,
        after: (delayMs, run) => {
          const timer = { atMs: clockMs + delayMs, run };
          timers.push(timer);
          return () => void (timers = timers.filter((other) => other !== timer));
        },
      },
      openMonitor: (call) => {
        ready = call;
        return ok(monitor);
      },
      watchDocument: (call) => {
        changed = call;
        return () => Promise.resolve();
      },
      pid: -1,
      processOf: (pid) => {
        const name = more.processes?.[pid];
        return name === undefined ? undefined : { pid, name };
      },
      pauses: () => pauses,
      publish: (published) => void (status = published),
      record: (told) => void events.push(...told),
      previous: more.previous,
      chance: () => 1,
      onRound: (report) => void reports.push(report),
      failed: (error) => void failures.push(error),
      ...more.ports,
    },
    { intervalMs: INTERVAL_MS },
  );
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const watch = started.value;
  const pass = async (durationMs: number): Promise<void> => {
    const endMs = clockMs + durationMs;
    for (;;) {
      await settle();
      const [next] = timers.toSorted((left, right) => left.atMs - right.atMs);
      if (next === undefined || next.atMs > endMs) break;
      timers = timers.filter((timer) => timer !== next);
      at.now = new Date(at.now.getTime() + Math.max(0, next.atMs - clockMs));
      clockMs = Math.max(clockMs, next.atMs);
      next.run();
    }
    at.now = new Date(at.now.getTime() + endMs - clockMs);
    clockMs = endMs;
  };
  await pass(0);
  return {
    session,
    events,
    reports,
    failures,
    pauses,
    status: () => status,
    object: (key) => status?.objects.find((object) => object.key === key),
    nowMs: () => clockMs,
    now: () => at.now,
    tamper: (change, notice = {}) => {
      const done = monitor.play(() => session.kernel.tamper(change), change, notice);
      if (!done.ok) throw new Error(JSON.stringify(done.error));
    },
    announce: (...notices) => monitor.announce(notices),
    lose: monitor.lose,
    save: (document) => {
      session.store.replace(document);
      changed();
    },
    pass,
    call: () => watch.noteCall(),
    scan: () => watch.scan(),
    inquire: () => watch.inquire(),
    stop: () => watch.stop(),
  };
}

/** Lets everything begun continue as far as possible without passing time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
