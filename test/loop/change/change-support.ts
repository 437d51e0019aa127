/** A converged node with two pods, and helpers to change its document. */
import type { History } from '../../../reconciler/document/history/history.ts';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { applyPreview, type ApplyOutcome, type ApplyHooks } from '../../../reconciler/loop/change/apply.ts';
import { type ChangePreview, previewChange } from '../../../reconciler/loop/change/preview-change.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Session } from '../../../reconciler/loop/node/session.ts';
import { ok } from '../../../reconciler/model/result.ts';
import type { Disruption } from '../../../reconciler/plan/step.ts';
import type { BridgeNetwork, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  createMemoryTentativeStore,
  type MemoryTentativeStore,
} from '../../support/memory-tentative-store.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, NETWORK } from '../../support/node.ts';

/** The pods of the node. */
export const PODS = [0, 1] as const;

/** The network of the converged node. */
export const BEFORE: BridgeNetwork = {
  ...NETWORK,
  routes: [{ to: '10.9.0.0/16', via: '10.240.0.1' }],
  arp: { neighbours: [{ address: '10.240.0.1', mac: '12:34:56:78:9a:bc' }] },
};

/** Returns BEFORE with another bridge. */
export function withBridge(more: Partial<BridgeNetwork['bridge']>): BridgeNetwork {
  return { ...BEFORE, bridge: { ...BEFORE.bridge, ...more } };
}

/** A node on which changes are tried. */
export type ChangedNode = {
  readonly session: MemorySession;
  readonly tentativeStore: MemoryTentativeStore;
  /** Returns the kernel's objects in comparable form. */
  readonly objects: () => readonly string[];
  /** Returns the networks of the document. */
  readonly networks: () => VnetDocument['networks'] | undefined;
};

/** Returns the node, converged. */
export function convergedNode(): ChangedNode {
  const kernel = bootedKernel(PODS);
  const session = createMemorySession(kernel, documentOf(PODS, BEFORE));
  const round = runRound(session, { limit: 'node-outage' });
  if (!round.ok || (round.value?.remaining.length ?? 1) > 0) throw new Error(JSON.stringify(round));
  return {
    session,
    tentativeStore: createMemoryTentativeStore(),
    objects: () => objectsOf(kernel),
    networks: () => session.store.document()?.networks,
  };
}

/** Stays on for other networks when none needs it any more. */
const FORWARDING = 'net/ipv4/ip_forward';

/** Returns the kernel's objects, one line each, independent of their order. */
function objectsOf(kernel: SimulatedKernel): readonly string[] {
  const { objects } = JSON.parse(kernel.dump()) as { objects: Readonly<Record<string, unknown>>[] };
  return objects
    .filter(({ name }) => name !== FORWARDING)
    .map((object) => JSON.stringify(sortKeys(object)))
    .toSorted();
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(fields.map(([key, inner]) => [key, sortKeys(inner)]));
}

/**
 * Returns the text of the node's document with this network instead of azure; without one, of an empty node.
 */
export function textWith(session: MemorySession, network: Network | undefined): string {
  const document = session.store.document();
  if (document === undefined) throw new Error('no document');
  if (network === undefined) return JSON.stringify({ ...document, networks: {}, endpoints: {} });
  return JSON.stringify({ ...document, networks: { ...document.networks, azure: network } });
}

const NOTHING_KEPT: History = { records: () => ok([]), at: () => ok(undefined) };

/** Options of a change. */
export type Wishes = {
  readonly limit?: Disruption;
  readonly withdraw?: boolean;
  readonly windowMs?: number;
  readonly around?: Partial<ApplyHooks>;
};

/** Returns the preview of the text. Errors: throws when there is none. */
export function previewOf(session: Session, text: string, wishes: Wishes = {}): ChangePreview {
  const before = session.store.read();
  if (!before.ok || before.value === undefined) throw new Error('no document');
  const permission = { limit: wishes.limit ?? 'node-outage', withdraw: wishes.withdraw ?? false };
  const previewed = previewChange(session, NOTHING_KEPT, before.value, {
    text,
    file: 'new.yaml',
    permission,
  });
  if (!previewed.ok || previewed.value.kind !== 'preview') throw new Error(JSON.stringify(previewed));
  return previewed.value.preview;
}

/** Resolves to the outcome of the change. Errors: rejects with a problem. */
export async function change(
  { session, tentativeStore }: { readonly session: Session; readonly tentativeStore: MemoryTentativeStore },
  text: string,
  wishes: Wishes = {},
): Promise<ApplyOutcome> {
  const { limit = 'node-outage', windowMs, around } = wishes;
  const preview = previewOf(session, text, wishes);
  const request = { preview, text, author: { who: 'vnet apply' }, limit, windowMs };
  const calm = {
    wait: () => Promise.resolve(),
    isInterrupted: () => false,
    arm: () => undefined,
    tell: () => undefined,
  };
  const locked = tentativeStore.lock(0);
  if (!locked.ok) throw new Error(locked.error.message);
  try {
    const outcome = await applyPreview(session, tentativeStore, request, { ...calm, ...around });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    return outcome.value;
  } finally {
    locked.value();
  }
}
