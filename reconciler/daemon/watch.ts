/** `vnet watch`: the resident loop as a process. */
import { loadResidentExtras } from '#sys';
import type { Problem } from '../document/store/store.ts';
import { takeLock } from '../os/lock.ts';
import { MEMBERS_FILE } from '../document/members-file.ts';
import { ensureDirectory } from '../os/file.ts';
import { documentCache } from '../document/store/cache.ts';
import { expireTentative } from '../loop/change/expire-tentative.ts';
import { appendEvents } from '../loop/files/event-log.ts';
import { renderEvent, type VnetEvent } from '../loop/files/event.ts';
import { readPauses } from '../loop/files/pause-file.ts';
import { renderRollback } from '../loop/change/rollback.ts';
import { readStatus, writeStatus } from '../loop/files/status-file.ts';
import { Watch } from '../loop/watch/watch.ts';
import type { Clock, WatchPorts } from '../loop/watch/watch-ports.ts';
import type { Session } from '../loop/node/session.ts';
import { fail, ok, type Result, thrownMessage } from '../model/result.ts';
import type { ResidentSys } from '../model/ports/sys.ts';
import { reportDenials } from './denials.ts';
import { watchDocument } from './document-watcher.ts';
import { EXIT, type ExitCode } from '../app/exit-codes.ts';
import { createTentativeStore, readTentative } from '../app/tentative-store.ts';
import type { Output } from '../app/output.ts';
import type { NodePlace } from '../app/kernel/access.ts';
import type { NodePaths } from '../app/paths.ts';
import type { AnswerInquiries, CallHooks, WatchHooks, InquiryHost } from './watch-hooks.ts';
import { timeLock } from './time-lock.ts';
import { createRoundLock } from '../app/round-lock.ts';
import { processOf } from '../app/process-of.ts';
import { unconfirmedOf } from '../loop/report/condition-details.ts';
import { watchLockPath } from './watch-lock.ts';
import { openRoundSession } from '../app/node.ts';
import { omitUndefined } from '../model/objects.ts';
import type { PacketFilters } from '../model/filter/filter-problems.ts';

/**
 * No signal is handled while waiting for the round lock, so the wait is split into short tries.
 * Units: milliseconds.
 */
const ROUND_LOCK_MS = 50;

/** Serves CNI calls until closed. Errors: rejects if it cannot listen. */
export type ServeCalls = (runDirectory: string, hooks: CallHooks) => Promise<{ close(): Promise<void> }>;

/** The services beside the loop. Shape: `serve` and `answer` start once the loop listens. */
export type WatchServices = WatchHooks & { readonly serve?: ServeCalls; readonly answer?: AnswerInquiries };

/** Settings of the resident loop. Shape: `format` of the events on stdout. Units: milliseconds. */
export type WatchSettings = { readonly intervalMs: number; readonly format: 'text' | 'jsonl' };

/**
 * Resolves when a signal ends the loop (SIGTERM, SIGINT).
 * Errors: `busy` if another loop runs on this node.
 */
export async function runWatch(
  choice: WatchSettings,
  place: ResidentPlace,
  output: Output,
  services: WatchServices = {},
): Promise<Result<ExitCode, Problem>> {
  const { sys, paths } = place;
  for (const directory of [paths.stateDirectory, paths.runDirectory]) {
    const ready = ensureDirectory(sys, directory, 0o700);
    if (!ready.ok) return ready;
  }
  const only = takeWatchLock(sys, paths);
  if (!only.ok) return only;
  try {
    const opener = { who: 'vnet watch', isLazy: true, cache: documentCache(sys) };
    const session = await openRoundSession(place, opener);
    if (!session.ok) return session;
    try {
      return await watchUntilSignal(choice, { ...place, session: session.value }, output, services);
    } finally {
      session.value.kernel.close();
    }
  } finally {
    only.value();
  }
}

/** Where the loop runs. */
type ResidentPlace = NodePlace & { readonly sys: ResidentSys };

type Place = ResidentPlace & { readonly session: Session };

function takeWatchLock(sys: ResidentSys, paths: NodePaths): Result<() => void> {
  const path = watchLockPath(paths.runDirectory);
  const taken = takeLock(sys, { path, mode: 'exclusive', who: 'vnet watch', timeoutMs: 0 });
  if (taken.ok || taken.error.code !== 'timeout') return taken;
  return fail('busy', 'start vnet watch', `already running: ${taken.error.message}`, {
    hint: 'A node has one vnet watch. See systemctl status vnet-watch, or stop the other one first.',
  });
}

async function watchUntilSignal(
  choice: WatchSettings,
  place: Place,
  output: Output,
  services: WatchServices,
): Promise<Result<ExitCode, Problem>> {
  let [end, failed]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const signalled = new Promise<void>((resolve, reject) => {
    [end, failed] = [resolve, reject];
  });
  const { onRound, onLockWait } = services;
  const ports = { ...(await portsOf(place, choice, output, onLockWait)), failed };
  let scan = nothingYet;
  // Before the loop is visible to other processes: an unhandled signal would end this one.
  const ignore = onSignals({ SIGTERM: () => end(), SIGINT: () => end(), SIGHUP: () => scan() });
  const watch = Watch.start({ ...ports, ...omitUndefined({ onRound }) }, choice);
  if (!watch.ok) return watch;
  scan = () => watch.value.scan();
  const noteCall = (): (() => void) => watch.value.noteCall();
  const server = await serveBeside(place, { ...services, noteCall }, output);
  const inquire = (): ReturnType<Watch['inquire']> => watch.value.inquire();
  const answering = await answerBeside(services.answer, { ...place, inquire }, output);
  const { onDenial = () => undefined } = services;
  const denials = await reportDenials({ ...place, record: ports.record, onDenial });
  const { counts, packets } = denials;
  const policyLagMs = (): number | undefined => watch.value.policyLagMs;
  services.started?.({ session: place.session, scan, denied: counts, packets, policyLagMs });
  try {
    await signalled;
  } finally {
    services.stopping?.();
    denials.close();
    await server?.close();
    await answering?.close();
    await watch.value.stop();
    ignore();
  }
  return ok(EXIT.done);
}

function nothingYet(): void {}

/** Handles the signals until the returned function is called. */
function onSignals(handlers: Readonly<Partial<Record<NodeJS.Signals, () => void>>>): () => void {
  const entries = Object.entries(handlers);
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}

/** Optional: without it, calls are run by their own processes. */
async function serveBeside(
  { paths }: Place,
  { serve, onCall = () => undefined, noteCall }: WatchServices & Pick<CallHooks, 'noteCall'>,
  output: Output,
): Promise<{ close(): Promise<void> } | undefined> {
  try {
    return await serve?.(paths.runDirectory, { onCall, noteCall });
  } catch (error) {
    output.warn(`vnet: CNI calls are not served and take longer: ${thrownMessage(error)}`);
    return undefined;
  }
}

/** Optional: without it, `vnet reconcile` reads the node itself. */
async function answerBeside(
  answer: AnswerInquiries | undefined,
  host: InquiryHost,
  output: Output,
): Promise<{ close(): Promise<void> } | undefined> {
  try {
    return await answer?.(host);
  } catch (error) {
    output.warn(`vnet: vnet reconcile is not served and takes longer: ${thrownMessage(error)}`);
    return undefined;
  }
}

async function portsOf(
  { sys, paths, kernels, session }: Place,
  { format }: WatchSettings,
  output: Output,
  onLockWait: WatchHooks['onLockWait'],
): Promise<Omit<WatchPorts, 'failed'>> {
  const { runDirectory } = paths;
  const say = (events: readonly VnetEvent[]): void => {
    for (const event of events) output.print(format === 'jsonl' ? JSON.stringify(event) : renderEvent(event));
  };
  const lock = createRoundLock(sys, runDirectory, 'vnet watch', ROUND_LOCK_MS);
  const rounds = onLockWait === undefined ? lock : timeLock(lock, onLockWait);
  const tentativeStore = createTentativeStore(sys, paths, 'vnet watch', output.warn);
  const clock = processClock();
  const { inotify } = await loadResidentExtras(sys);
  const read = await kernels.openPacketFilters?.(sys);
  const packetFilters =
    read === undefined ? {} : { packetFilters: cachePacketFilters(read, () => clock.nowMs()) };
  return {
    session: { ...session, rounds, ...packetFilters },
    clock,
    openMonitor: (await kernels.openMonitor?.(sys)) ?? openNothing,
    watchDocument: (changed) => watchDocument({ sys, inotify }, paths.document, changed),
    watchMembers: (changed) =>
      watchDocument({ sys, inotify }, `${paths.stateDirectory}/${MEMBERS_FILE}`, changed),
    processOf: (pid) => processOf(sys, pid),
    pid: process.pid,
    acceptedUntil: () => nextEnd(session),
    pauses: () => {
      const pauses = readPauses(sys, runDirectory);
      return pauses.ok ? pauses.value : [];
    },
    prepare: (here) => {
      const ended = expireTentative(here, tentativeStore);
      if (!ended.ok) return ended;
      if (ended.value !== undefined) for (const line of renderRollback(ended.value)) output.warn(line);
      return ok(unconfirmedOf(readTentative(sys, paths)));
    },
    publish: (status) => writeStatus(sys, runDirectory, status),
    record: (events) => {
      appendEvents(sys, runDirectory, events);
      say(events);
    },
    previous: readStatus(sys, runDirectory),
    chance: Math.random,
  };
}

/** The expiry of the next accepted drift, which is then repaired. */
function nextEnd({ baseline, now }: Session): Date | undefined {
  const times = (baseline?.()?.accepted ?? []).map(({ until }) => Date.parse(until));
  const coming = times.filter((time) => time > now().getTime());
  return coming.length === 0 ? undefined : new Date(Math.min(...coming));
}

/** A kernel without notifications: the full scan finds the changes. */
const openNothing: WatchPorts['openMonitor'] = () =>
  ok({
    attend: () => ok(undefined),
    drain: () => ({ notices: [], isLost: false }),
    close: () => undefined,
  });

function processClock(): Clock {
  return {
    nowMs: () => performance.now(),
    after: (delayMs, run) => {
      // setTimeout fires at once for more than 2^31 - 1 ms.
      const timer = setTimeout(run, Math.min(delayMs, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  };
}

/** For so long they count as read now: reading them runs two tools or more. Units: milliseconds. */
const FRESH_MS = 20_000;

/** Returns the reader of the packet filters; it reads again when the last ones are old. */
function cachePacketFilters(read: () => PacketFilters, nowMs: () => number): () => PacketFilters {
  let last: { readonly atMs: number; readonly packetFilters: PacketFilters } | undefined;
  return () => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs > FRESH_MS) last = { atMs, packetFilters: read() };
    return last.packetFilters;
  };
}
