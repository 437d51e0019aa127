/**
 * Maintains the resident process's metrics: updated by rounds and calls, and from the document when scraped.
 */
import { readdirSync } from 'node:fs';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import type { VnetEvent } from '../../loop/files/event.ts';
import {
  accountDrift,
  countDrifted,
  countedUntil,
  type DriftLedger,
  type RoundSpan,
  uncountedSeconds,
} from '../../loop/report/drift-ledger.ts';
import type { Digest } from '../../loop/report/digest.ts';
import { CONDITIONS } from '../../loop/files/status-file.ts';
import type { RoundReport } from '../../loop/watch/watch-ports.ts';
import type { Session } from '../../loop/node/session.ts';
import { type EndpointState, endpointState } from '../../model/addresses/endpoint-state.ts';
import { parseEndpointId } from '../../model/names.ts';
import { answeredBy, silentSourcesNow } from '../../loop/report/node-findings.ts';
import { ownAddressesIn } from '../../loop/report/conditions.ts';
import { poolKey, poolsOf } from '../../model/addresses/families.ts';
import { describePools } from '../../model/addresses/pool-summary.ts';
import { DIRECTIONS } from '../../model/policy/rules.ts';
import type { WatchHooks, OnCall, OnDenial, Running } from '../watch-hooks.ts';
import { createMetricSet, type MetricSet } from './registry.ts';

/** States of an object that differs; each has a sample even at 0. */
const STATES = ['pending', 'error', 'contended', 'paused', 'reported'] as const;
const VERBS = ['ADD', 'DEL', 'CHECK'] as const;

/** States of an endpoint that depend on the document only. */
const RECORDED_STATES = [
  'ready',
  'withdrawn',
  'lease',
  'leaving',
  'dead',
] as const satisfies readonly EndpointState[];

/** Version and runtime of this program. */
export type Build = { readonly version: string; readonly runtime: string };

/** The metrics of one process. Units: `nowMs` milliseconds, on the clock of the rounds. */
export class Metrics implements WatchHooks {
  readonly #set: MetricSet = createMetricSet();
  readonly #nowMs: () => number;
  #session: Session | undefined;
  #denied: Running['denied'];
  #packets: Running['packets'];
  #policyLagMs: Running['policyLagMs'];
  #ledger: DriftLedger = new Map();
  #lastRoundMs: number | undefined;
  #cpuSeconds = 0;

  constructor({ version, runtime }: Build, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#set.buildInfo.set({ version, runtime }, 1);
    this.#set.startSeconds.set((performance.timeOrigin || Date.now()) / 1000);
    for (const verb of VERBS) {
      for (const result of ['done', 'failed']) this.#set.requests.inc({ verb, result }, 0);
      this.#set.requestSeconds.zero({ verb });
    }
    for (const result of ['done', 'busy', 'failed']) this.#set.rounds.inc({ result }, 0);
  }

  /** The addresses of the node at the last round. */
  #own: readonly string[] = [];

  /** Sets the source of the document: the loop's session. */
  readonly started = ({ session, denied, packets, policyLagMs }: Omit<Running, 'scan'>): void => {
    this.#session = session;
    this.#denied = denied;
    this.#packets = packets;
    this.#policyLagMs = policyLagMs;
  };

  /** Records a round. */
  readonly onRound = (report: RoundReport): void => {
    const { round, problem, digest, events, status, startMs, endMs } = report;
    const set = this.#set;
    const isBusy = problem?.kind === 'failure' && problem.code === 'timeout';
    set.rounds.inc({ result: problem === undefined ? 'done' : isBusy ? 'busy' : 'failed' });
    set.roundSeconds.observe((endMs - startMs) / 1000);
    countEvents(set, events);
    if (digest !== undefined) this.#account(digest, { beforeMs: this.#lastRoundMs, startMs, endMs });
    this.#lastRoundMs = endMs;
    if (problem === undefined) set.lastRound.setToCurrentTime();
    if (round !== undefined) this.#own = ownAddressesIn(round.planned.observation);
    if (round === undefined || status === undefined) return;
    if (status.convergedGeneration === round.document.metadata.generation)
      set.lastConverged.setToCurrentTime();
    set.observedGeneration.set(status.observedGeneration);
    if (status.convergedGeneration !== undefined) set.convergedGeneration.set(status.convergedGeneration);
    for (const type of CONDITIONS) {
      const isTrue = status.conditions.some((condition) => condition.type === type && condition.status);
      set.conditions.set({ type }, Number(isTrue));
    }
    for (const state of STATES) {
      set.objects.set({ state }, status.objects.filter((object) => object.state === state).length);
    }
  };

  /** Records an answered call. */
  readonly onCall: OnCall = ({ verb, exitCode, durationMs }) => {
    this.#set.requests.inc({ verb, result: exitCode === 0 ? 'done' : 'failed' });
    this.#set.requestSeconds.observe({ verb }, durationMs / 1000);
  };

  /** Records the time a round waited for its lock. */
  readonly onLockWait = (waitedMs: number): void => this.#set.lockSeconds.observe(waitedMs / 1000);

  /** Records a denied connection. */
  readonly onDenial: OnDenial = ({ direction, policies }) => {
    for (const policy of policies) this.#set.denials.inc({ policy, direction });
  };

  /** Resolves to all metrics as text, including the present document and process. */
  async render(): Promise<string> {
    const session = this.#session;
    if (session !== undefined) {
      const read = await whenLoaded(session.library, () => session.store.read());
      if (read.ok && read.value !== undefined)
        describeDocument(this.#set, read.value.document, {
          now: session.now(),
          own: this.#own,
          node: session,
        });
      if (read.ok && read.value !== undefined) describeSources(this.#set, read.value.document, session);
    }
    this.#countDrift(uncountedSeconds(this.#ledger, this.#nowMs()));
    this.#ledger = countedUntil(this.#ledger, this.#nowMs());
    this.#describePolicies();
    this.#describeProcess();
    return this.#set.registry.metrics();
  }

  #account(digest: Digest, span: RoundSpan): void {
    const set = this.#set;
    const account = accountDrift(this.#ledger, digest, span);
    this.#ledger = account.ledger;
    for (const kind of account.found) {
      set.driftFound.inc({ kind });
      set.driftRepaired.inc({ kind }, 0);
    }
    for (const kind of account.repaired) set.driftRepaired.inc({ kind });
    for (const seconds of account.detectSeconds) set.detectSeconds.observe(seconds);
    for (const seconds of account.repairSeconds) set.repairSeconds.observe(seconds);
    this.#countDrift(account.seconds);
    set.driftObjects.reset();
    for (const [kind, count] of countDrifted(account.ledger)) set.driftObjects.set({ kind }, count);
  }

  #countDrift(seconds: ReadonlyMap<string, number>): void {
    for (const [kind, more] of seconds) this.#set.driftSeconds.inc({ kind }, more);
  }

  #describePolicies(): void {
    const lagMs = this.#policyLagMs?.();
    this.#set.policyLag.reset();
    if (lagMs !== undefined) this.#set.policyLag.set(lagMs / 1000);
    const [followedMs, nowMs] = [this.#session?.followedMs?.(), this.#session?.now().getTime()];
    this.#set.policyCopyAge.reset();
    if (lagMs !== undefined && followedMs !== undefined && nowMs !== undefined)
      this.#set.policyCopyAge.set(Math.max(0, (nowMs - followedMs) / 1000));
    for (const { policy, direction, judged, denied } of this.#packets?.() ?? []) {
      this.#set.policyPackets.inc({ policy, direction, verdict: 'allowed' }, judged - denied);
      this.#set.policyPackets.inc({ policy, direction, verdict: 'denied' }, denied);
    }
    const counts = this.#denied?.();
    this.#set.deniedPackets.reset();
    if (counts === undefined) return;
    for (const direction of DIRECTIONS) this.#set.deniedPackets.inc({ direction }, counts[direction]);
  }

  #describeProcess(): void {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    this.#set.cpuSeconds.inc(Math.max(0, cpuSeconds - this.#cpuSeconds));
    this.#cpuSeconds = cpuSeconds;
    this.#set.residentBytes.set(process.memoryUsage.rss());
    this.#set.openFds.set(countDescriptors());
  }
}

/** Counts the descriptor that reads the directory, too. */
function countDescriptors(): number {
  try {
    return Math.max(0, readdirSync('/proc/self/fd').length - 1);
  } catch {
    return 0;
  }
}

function countEvents({ events: counter }: MetricSet, events: readonly VnetEvent[]): void {
  for (const { type } of events) counter.inc({ type });
}

function describeDocument(
  set: MetricSet,
  document: VnetDocument,
  { now, own, node }: { readonly now: Date; readonly own: readonly string[]; readonly node: Session },
): void {
  set.documentGeneration.set(document.metadata.generation);
  for (const gauge of [set.endpoints, set.poolAddresses, set.poolUsable]) gauge.reset();
  for (const network of Object.keys(document.networks)) {
    for (const pool of describePools(document, network, now, { own, answered: answeredBy(node, network) })) {
      const { total, ...counts } = pool.counts;
      const labels = { network, family: poolKey(pool.family) };
      set.poolUsable.set(labels, total);
      for (const [state, count] of Object.entries(counts)) set.poolAddresses.set({ ...labels, state }, count);
    }
    for (const state of RECORDED_STATES) set.endpoints.set({ network, state }, 0);
  }
  for (const [id, endpoint] of Object.entries(document.endpoints ?? {})) {
    set.endpoints.inc({
      network: parseEndpointId(id).network,
      state: endpointState(document, id, endpoint),
    });
  }
}

function describeSources(
  { poolSources }: MetricSet,
  document: VnetDocument,
  node: Pick<Session, 'silentSources'>,
): void {
  const silent = silentSourcesNow(node, document);
  poolSources.reset();
  for (const [network, { pools }] of Object.entries(document.networks)) {
    if (!poolsOf({ pools }).some(({ pool }) => pool.source === 'azure')) continue;
    poolSources.set({ network }, Number(!silent.some((one) => one.network === network)));
  }
}
