/** Changes of this node's pods, found from a summary of the cluster. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { podNameOf } from '../names.ts';
import type { State } from '../state.ts';
import type { PolicyChange } from './compiler/changes.ts';
import type { ClusterSummary } from './cluster-summary.ts';
import { NearCompiler, type PodLookup } from './compiler/near.ts';
import { type Members, nameOfPod, type PolicyPod } from './members.ts';
import { type KeptSelections, keepSelections, rememberedProfiles } from './kept-selections.ts';
import { DIRECTIONS } from './rules.ts';
import { policyCompiler, policyFactsOf } from './policy-input.ts';

/** The cluster's part of the input. Shape: `summary` is that of all pods; `selections` are those of its policies; `expected` are to run on this node. */
export type SummarisedCluster = Omit<Members, 'pods'> & {
  readonly summary: ClusterSummary;
  readonly selections?: KeptSelections;
  readonly pods: PodLookup;
  readonly expected: readonly PolicyPod[];
};

/** Returns the text of all that a summary depends on in the document, besides its pods. */
export function summaryKeyOf({ policy = {}, namespaces = {}, networkPolicies = {} }: VnetDocument): string {
  return JSON.stringify([policy.unknownPods ?? 'deny', namespaces, networkPolicies]);
}

/** Returns the ids of the grants of the pods of the document, in order; `seen` as in policyInputOf(). */
export function grantIdsOf(
  document: VnetDocument,
  members: Members,
  seen?: Pick<State, 'has'>,
): readonly (readonly string[])[] {
  const { grants } = policyCompiler.select(policyFactsOf(document, members, seen));
  return DIRECTIONS.map((direction) => grants[direction].map(({ id }) => id));
}

/** Returns the summary of the members, for the pods of the document, and the profiles of these; undefined while two pods have one address. `seen` as in policyInputOf(). */
export function summariseMembers(
  document: VnetDocument,
  members: Members,
  seen?: Pick<State, 'has'>,
): Pick<SummarisedCluster, 'summary' | 'selections'> | undefined {
  const facts = policyFactsOf(document, members, seen);
  const summary = policyCompiler.summarise(facts);
  if (summary === undefined) return undefined;
  const selections = keepSelections(policyCompiler.select(facts));
  return { summary, ...(selections === undefined ? {} : { selections }) };
}

/** Finds changes between documents. */
export class NearPolicies {
  readonly #cluster: SummarisedCluster;
  readonly #compiler: NearCompiler;

  constructor(cluster: SummarisedCluster) {
    this.#cluster = cluster;
    const { summary, pods, selections } = cluster;
    this.#compiler = new NearCompiler(summary, pods, selections && rememberedProfiles(selections));
  }

  /**
   * Returns the changes from the policies of one document to those of another; undefined if all pods are to be known.
   * Law: as policyChange(), where it is not undefined.
   */
  change(
    [from, to]: readonly [VnetDocument, VnetDocument],
    seen?: Pick<State, 'has'>,
  ): PolicyChange | undefined {
    const { policies, namespaces, expected, pods } = this.#cluster;
    const near = new Map(expected.map((pod) => [nameOfPod(pod), pod]));
    for (const { endpoints = {} } of [from, to]) {
      for (const [id, endpoint] of Object.entries(endpoints)) {
        const name = podNameOf(id, endpoint);
        const pod = pods.podNamed(name);
        if (pod !== undefined) near.set(name, pod);
      }
    }
    const members: Members = { policies, namespaces, pods: [...near.values()] };
    return this.#compiler.change(policyFactsOf(from, members, seen), policyFactsOf(to, members, seen));
  }
}
