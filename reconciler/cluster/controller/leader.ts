/** Runs work while this process holds the lease. */
import { ok, renderFailure, type Result } from '../../model/result.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiObject } from '../api/objects.ts';
import { LEASES } from '../api/resources.ts';
import type { ApiClock, ApiFailure } from '../api/transport.ts';
import { asRecord } from '../../model/objects.ts';

/** The lease and who wants it. Shape: `time` returns the time of day for people. */
export type Candidate = {
  readonly client: ApiClient;
  readonly clock: ApiClock;
  readonly identity: string;
  readonly time: () => string;
  readonly log: (text: string) => void;
};

const LEASE = { name: 'vnet-controller', namespace: 'kube-system' };

/**
 * Runs `work` while the lease is held; its signal is aborted when the lease is lost or `signal` is aborted. Resolves then, after the
 * lease is given up.
 */
export async function runAsLeader(
  candidate: Candidate,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, identity } = candidate;
  let seen: SeenLease | undefined;
  while (!signal.aborted) {
    const lease = await readLease(candidate);
    if (lease.ok) {
      const state = judgeLease(lease.value, identity, seen, clock.nowMs());
      ({ seen } = state);
      const isTaken = state.kind !== 'other' && (await writeLease(candidate, lease.value, identity)).ok;
      if (isTaken) {
        log(`${identity} holds the lease`);
        await hold(candidate, work, signal);
      }
    } else log(renderFailure(lease.error));
    await clock.sleep(RENEW_MS, signal);
  }
}

/** Renews the lease beside the work; the work ends before another process may take the lease. */
async function hold(
  candidate: Candidate,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, identity, log } = candidate;
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal.addEventListener('abort', stop);
  const working = work(controller.signal);
  let renewedMs = clock.nowMs();
  while (!controller.signal.aborted) {
    await clock.sleep(RENEW_MS, controller.signal);
    if (controller.signal.aborted) break;
    const lease = await readLease(candidate);
    const isOurs = lease.ok && judgeLease(lease.value, identity, undefined, 0).kind === 'own';
    if (isOurs && (await writeLease(candidate, lease.value, identity)).ok) renewedMs = clock.nowMs();
    const isLost = (lease.ok && !isOurs) || clock.nowMs() - renewedMs >= LEASE_MS - RENEW_MS;
    if (isLost) {
      log(`${identity} lost the lease`);
      stop();
    }
  }
  await working;
  signal.removeEventListener('abort', stop);
  const last = await readLease(candidate);
  if (last.ok && judgeLease(last.value, identity, undefined, 0).kind === 'own')
    await writeLease(candidate, last.value, '');
}

async function readLease({ client }: Candidate): Promise<Result<ApiObject | undefined, ApiFailure>> {
  const lease = await client.get(LEASES, LEASE);
  return lease.ok || lease.error.code !== 'not-found' ? lease : ok(undefined);
}

/** An empty identity gives the lease up. */
function writeLease(
  { client, time }: Candidate,
  before: ApiObject | undefined,
  identity: string,
): Promise<Result<ApiObject, ApiFailure>> {
  const lease = heldLease(before, identity, time());
  return before === undefined ? client.create(LEASES, lease) : client.replace(LEASES, lease);
}

/** A holder that has not renewed for this long, by the own clock, has lost the lease. Units: milliseconds. */
const LEASE_MS = 15_000;

/** The interval of renewals. Units: milliseconds. */
const RENEW_MS = 5000;

/** The lease as this process last saw it change. Units: milliseconds. */
type SeenLease = { readonly version: string; readonly atMs: number };

/** Whose the lease is. Shape: `free` if it may be taken. */
type LeaseState = { readonly kind: 'own' | 'free' | 'other'; readonly seen: SeenLease };

/** Returns the state of the lease; undefined lease: there is none yet. */
function judgeLease(
  lease: ApiObject | undefined,
  identity: string,
  seen: SeenLease | undefined,
  nowMs: number,
): LeaseState {
  const version = lease?.metadata.resourceVersion ?? '';
  const now = seen?.version === version ? seen : { version, atMs: nowMs };
  const holder = holderOf(lease);
  if (holder === identity) return { kind: 'own', seen: now };
  const isFree = lease === undefined || holder === '' || nowMs - now.atMs >= LEASE_MS;
  return { kind: isFree ? 'free' : 'other', seen: now };
}

function holderOf(lease: ApiObject | undefined): string {
  const holder = asRecord(lease?.['spec'])['holderIdentity'];
  return typeof holder === 'string' ? holder : '';
}

/** Returns the lease with this holder. Shape: `time` is for people. */
function heldLease(before: ApiObject | undefined, identity: string, time: string): ApiObject {
  const metadata = before?.metadata ?? LEASE;
  const kept = asRecord(before?.['spec']);
  const isMine = kept['holderIdentity'] === identity;
  const transitions = typeof kept['leaseTransitions'] === 'number' ? kept['leaseTransitions'] : 0;
  return {
    metadata,
    spec: {
      ...kept,
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_MS / 1000,
      renewTime: time,
      ...(isMine ? {} : { acquireTime: time, leaseTransitions: transitions + 1 }),
    },
  };
}
