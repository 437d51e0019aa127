/** The lists of `vnet fleet`. Pure. */
import type { NodeObject, RolloutObject } from '../../../cluster/custom-resources.ts';
import { sameValue } from '../../../document/edit.ts';
import { isRecord } from '../../../model/objects.ts';
import type { List } from '../../terminal/list.ts';

/** Returns the nodes of the cluster as a list, by name. */
export function nodeList(nodes: readonly NodeObject[]): List {
  const ordered = nodes.toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
  return {
    headings: ['NODE', 'DESIRED', 'CONFIRMED', 'READY', 'CONVERGED', 'FREE', 'CAPACITY', 'DRIFT'],
    rows: ordered.map((node) => {
      const { metadata, spec = {}, status = {} } = node;
      const { addresses = {}, drift, revision = {} } = status;
      const counts = [addresses.free, addresses.capacity, drift?.count].map((count) => String(count ?? ''));
      const conditions = ['Ready', 'Converged'].map((type) => conditionText(node, type));
      const cells = [
        metadata.name,
        spec.desiredRevision ?? '',
        revision.confirmed ?? '',
        ...conditions,
        ...counts,
      ];
      return { names: [metadata.name], cells, value: { name: metadata.name, spec, status } };
    }),
  };
}

/** The status, and the reason where it is not True. */
function conditionText({ status }: NodeObject, wanted: string): string {
  const found = status?.conditions?.find(({ type }) => type === wanted);
  if (found === undefined) return '';
  return found.status === 'True' ? 'True' : `${found.status} (${found.reason})`;
}

/** Returns the rollouts as a list, newest first. */
export function historyList(rollouts: readonly RolloutObject[]): List {
  const ordered = rollouts.toSorted((left, right) => age(right).localeCompare(age(left)));
  return {
    headings: ['ROLLOUT', 'REVISION', 'CREATED', 'PHASE', 'CONFIRMED', 'NODES', 'HALTED BY'],
    rows: ordered.map(({ metadata, spec, status = {} }) => {
      const { phase = '', nodes = {}, halted } = status;
      const counts = [nodes.confirmed, nodes.total].map((count) => String(count ?? ''));
      const cells = [
        metadata.name,
        spec.revision,
        metadata.creationTimestamp ?? '',
        phase,
        ...counts,
        halted?.node ?? '',
      ];
      return { names: [metadata.name], cells, value: { name: metadata.name, spec, status } };
    }),
  };
}

function age({ metadata }: RolloutObject): string {
  return metadata.creationTimestamp ?? '';
}

/** Returns one rollout as lines: its phase and counts, then each node that failed with its message. */
export function rolloutLines(rollout: RolloutObject, nodes: readonly NodeObject[]): readonly string[] {
  const { metadata, spec, status = {} } = rollout;
  const { phase = 'not seen by a controller yet', step = 0, nodes: counts = {}, halted } = status;
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const why = halted === undefined ? '' : `; ${halted.node}: ${halted.reason}`;
  const failed = nodes.flatMap((node) => {
    const applied = node.status?.conditions?.find(({ type }) => type === 'Applied');
    const isOurs = node.spec?.desiredRevision === spec.revision && applied?.status === 'False';
    return isOurs ? [`  ${node.metadata.name}: ${applied.reason}: ${applied.message}`] : [];
  });
  const first = `${metadata.name}: revision ${spec.revision}, ${phase}, step ${step}${why}`;
  return [first, ...(parts.length === 0 ? [] : [`  ${parts.join(', ')}`]), ...failed];
}

/** One field that differs. */
export type RevisionDifference = { readonly path: string; readonly before: unknown; readonly after: unknown };

/** Returns the fields that differ between two revisions, by path; lists are one value. */
export function revisionDifferences(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): readonly RevisionDifference[] {
  if (sameValue(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ path: path.join('.'), before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key) => revisionDifferences(before[key], after[key], [...path, key]));
}
