/** The texts about a refused edit and an unconfirmed change. Pure. */
import type { RefusedSave } from '../../document/snapshot.ts';
import { poolsOf } from '../../model/addresses/families.ts';
import { type FilterProblem, filterProblemsOf } from '../../model/filter/filter-problems.ts';
import { renderFailure, type Result } from '../../model/result.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Node } from '../node/session.ts';
import type { Tentative } from '../change/tentative.ts';
import { isOfFabric } from '../files/probe-file.ts';
import type { SilentSource } from '../../model/ports/pool-records.ts';
import type { ConditionDetail } from './conditions.ts';

/** Returns the place of the refused edit and the reason: `FILE:LINE:COLUMN: why`. */
export function refusalText({ file, issues, conflicts }: RefusedSave): string {
  const [issue] = issues;
  if (issue !== undefined) return `${file}:${issue.line}:${issue.column}: ${issue.message}`;
  return `${file}: concurrent changes to ${conflicts.map(({ path }) => path).join(', ') || 'the same fields'}`;
}

/** Returns the text about the edit; undefined without a refused edit. */
export function refusalOf(refused: RefusedSave | undefined): ConditionDetail | undefined {
  if (refused === undefined) return undefined;
  return {
    reason: refused.issues.length > 0 ? 'Invalid' : 'Conflict',
    message: `${refusalText(refused)}; finish with vnet edit --resolve`,
    since: refused.time,
  };
}

/** The text about an unconfirmed change, with the end of its window. */
export type Unconfirmed = ConditionDetail & { readonly until: Date | undefined };

/** Returns the text about the change; undefined without one. */
export function unconfirmedOf(read: Result<Tentative | undefined>): Unconfirmed | undefined {
  if (!read.ok) return { reason: 'Unreadable', message: renderFailure(read.error), until: undefined };
  if (read.value === undefined) return undefined;
  const { id, state, started, window } = read.value;
  const until = window === undefined ? '' : ` until ${window.deadline}`;
  return {
    reason: state === 'open' ? 'AwaitsConfirmation' : 'Applying',
    message: `generation ${id} is unconfirmed${until}: keep with vnet confirm ${id}, roll back with vnet revert ${id}`,
    since: started,
    until: window && new Date(window.deadline),
  };
}

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
export function unplannedConditions(
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
