/** Findings about the node besides its objects: packet filters, pool sources, other machines, the cluster. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { poolsOf } from '../../model/addresses/families.ts';
import { type FilterProblem, filterProblemsOf } from '../../model/filter/filter-problems.ts';
import type { SilentSource } from '../../model/ports/pool-records.ts';
import { isOfFabric } from '../files/probe-file.ts';
import type { Node } from '../node/session.ts';

/** Returns obstacles to the pods' packets; undefined if nothing outside the document can be read. */
export function filterProblemsNow(
  { packetFilters }: Pick<Node, 'packetFilters'>,
  document: VnetDocument,
): readonly FilterProblem[] | undefined {
  return packetFilters && filterProblemsOf(document, packetFilters());
}

/** Returns the pool sources of the document that did not answer the last query. */
export function silentSourcesNow(
  { silentSources }: Pick<Node, 'silentSources'>,
  document: VnetDocument,
): readonly SilentSource[] {
  const asked = Object.entries(document.networks).flatMap(([name, network]) =>
    poolsOf(network).some(({ pool }) => pool.source === 'azure') ? [name] : [],
  );
  return asked.length === 0 ? [] : (silentSources?.(asked) ?? []);
}

/** Returns the addresses of the network that other machines have; undefined if unknown. */
export function answeredBy(
  { probeAnswers }: Pick<Node, 'probeAnswers'>,
  network: string,
): readonly string[] | undefined {
  return probeAnswers?.(network).flatMap((one) => (isOfFabric(one) ? [] : [one.address]));
}

/** Returns a round's findings about the node besides its objects; packet filters are traced in full scans only. */
export function nodeFindings(
  node: Pick<Node, 'silentSources' | 'packetFilters' | 'followedMs'>,
  document: VnetDocument,
  isFull: boolean,
): {
  readonly silent: readonly SilentSource[];
  readonly followedMs: number | undefined;
  readonly filterProblems: readonly FilterProblem[] | undefined;
} {
  return {
    silent: silentSourcesNow(node, document),
    followedMs: node.followedMs?.(),
    filterProblems: isFull ? filterProblemsNow(node, document) : undefined,
  };
}
