/** The election of one controller by a Lease. Pure: times of other machines are never compared with the own clock. */
import { isRecord } from '../../model/objects.ts';
import type { ApiObject } from '../api/objects.ts';

/** A holder that has not renewed for this long, by the own clock, has lost the lease. Units: milliseconds. */
export const LEASE_MS = 15_000;

/** The interval of renewals. Units: milliseconds. */
export const RENEW_MS = 5000;

/** The lease as this process last saw it change. Units: milliseconds. */
export type SeenLease = { readonly version: string; readonly atMs: number };

/** Whose the lease is. Shape: `free` if it may be taken. */
export type LeaseState = { readonly kind: 'own' | 'free' | 'other'; readonly seen: SeenLease };

/** Returns the state of the lease; undefined lease: there is none yet. */
export function judgeLease(
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
  const spec = lease?.['spec'];
  const holder = isRecord(spec) ? spec['holderIdentity'] : undefined;
  return typeof holder === 'string' ? holder : '';
}

/** Returns the lease with this holder. Shape: `time` is for people. */
export function heldLease(
  before: ApiObject | undefined,
  place: { readonly name: string; readonly namespace: string },
  identity: string,
  time: string,
): ApiObject {
  const metadata = before?.metadata ?? place;
  const spec = before?.['spec'];
  const kept = isRecord(spec) ? spec : {};
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
