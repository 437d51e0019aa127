/** The composition of a whole node: to read it, or to change it in rounds. CNI calls need only session.ts. */
import { loadWhole } from '../document/library.ts';
import type { DocumentCache } from '../document/store/current.ts';
import { createStore } from '../document/store/store.ts';
import { readFollowedMs } from '../loop/files/cluster-copy-file.ts';
import { readBaseline } from '../loop/files/baseline-file.ts';
import { readAnswers } from '../loop/files/probe-file.ts';
import { readSilentSources } from '../loop/files/pool-query-file.ts';
import { readMembers, withMembers } from '../document/members-file.ts';
import { keepPolicySets, readMembersLate } from '../document/policy-sets-file.ts';
import type { Node, Session } from '../loop/node/session.ts';
import type { Kernel } from '../model/ports/kernel.ts';
import { ok, type Result } from '../model/result.ts';
import type { Baseline } from '../plan/baseline.ts';
import { authorIn } from './author.ts';
import type { NodePlace } from './kernel/access.ts';
import { library } from './library.ts';
import { acceptedName, readBootId } from './identity.ts';
import { nodeName, openSession } from './session.ts';
import { VERSION } from './version.ts';

/**
 * Options of a node. Shape: `isLazy`: the library is loaded in parts on demand, and work in the node belongs inside whenLoaded();
 * otherwise it is loaded at once.
 */
export type NodeOptions = { readonly isLazy?: boolean };

/** Options of a session. Shape: `who` is shown to waiting processes; `isSingle`: the process ends after a round. */
type RoundSessionOptions = NodeOptions & {
  readonly who: string;
  readonly cache?: DocumentCache;
  readonly isSingle?: boolean;
};

/** Returns a session for rounds. Errors: `not-found`: no boot id. */
export async function openRoundSession(
  place: NodePlace,
  { who, cache, isLazy = false, isSingle = false }: RoundSessionOptions,
): Promise<Result<Session>> {
  if (!isLazy) await loadWhole(library);
  const { sys, paths, environment, kernels } = place;
  const opened = await kernels.open(sys, paths, 'round');
  const files = { sys, directory: paths.stateDirectory };
  const members = () => (isSingle ? readMembersLate(files, VERSION) : readMembers(files));
  const kernel: Kernel = {
    ...withMembers(opened, members),
    apply: (changes) => opened.apply(changes),
    prepare: () => opened.prepare(),
    leavePods: () => opened.leavePods(),
    close: () => opened.close(),
  };
  const session = openSession(place, {
    who,
    kernel,
    cache,
    person: () => authorIn(sys, environment)('vnet'),
  });
  if (!session.ok) return session;
  const keepSets: Session['keepSets'] = (document, found, seen) =>
    keepPolicySets(files, VERSION, { document, members: found, seen });
  return ok({
    ...session.value,
    baseline: baselineOf(place),
    ...recordsOf(place),
    ...(isSingle ? { keepSets } : {}),
  });
}

/** Returns a node that cannot be written: its netlink sockets refuse everything but reading. Errors: `not-found`: no boot id. */
export async function openNode(
  place: NodePlace,
  { isLazy = false }: NodeOptions = {},
): Promise<Result<Node & { close(): void }>> {
  if (!isLazy) await loadWhole(library);
  const { sys, paths, environment, kernels } = place;
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const name = acceptedName(sys, paths, nodeName(sys, environment));
  const reader = kernels.openReader(sys, paths);
  const kernel = withMembers(reader, () =>
    readMembersLate({ sys, directory: paths.stateDirectory }, VERSION),
  );
  return ok({
    kernel,
    store: createStore(sys, paths, name, { library }),
    now: () => new Date(),
    bootId: bootId.value,
    nodeName: name,
    baseline: baselineOf(place),
    ...recordsOf(place),
    close: () => reader.close(),
  });
}

/** Records of CNI calls about pools, and of the cluster's agent. */
function recordsOf({
  sys,
  paths: { runDirectory },
}: NodePlace): Pick<Node, 'silentSources' | 'probeAnswers' | 'followedMs'> {
  return {
    followedMs: () => readFollowedMs(sys, runDirectory),
    silentSources: (networks) => readSilentSources(sys, runDirectory, networks),
    probeAnswers: (network) => readAnswers(sys, runDirectory, { network, nowMs: Date.now() }),
  };
}

/** An unreadable baseline accepts nothing; `vnet drift` and `vnet doctor` report it. */
function baselineOf({ sys, paths }: NodePlace): () => Baseline | undefined {
  return () => {
    const baseline = readBaseline(sys, paths.stateDirectory);
    return baseline.ok ? baseline.value : undefined;
  };
}
