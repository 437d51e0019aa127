/** Carries a change of the cluster's pods and policies into the table of policies, without a round. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { readMembers } from '../../document/members-file.ts';
import { EVERY_LINK } from '../../model/policy/local-pods.ts';
import type { Members } from '../../model/policy/members.ts';
import { POLICED } from '../../model/policy/compiler/sets.ts';
import { changedTable } from '../../model/policy/table/table.ts';
import { membersChange, policyTableOf } from '../../model/policy/policy-input.ts';
import { ok } from '../../model/result.ts';
import type { NodeStatus } from '../files/status-file.ts';
import type { Session } from '../node/session.ts';
import { notePolicies } from '../report/policies-now.ts';
import type { ScanCache } from './scan-cache.ts';

/** Whether frames pass the IP layer is up to the bridge's table. */
function isLifted(set: string): boolean {
  return set === POLICED[4] || set === POLICED[6];
}

/** The outcome of a change. Shape: `round`: only a round can carry it out. */
export type Followed = 'nothing' | 'done' | 'round';

/** The same, with the status to publish, if it has changed. */
type Following = { readonly followed: Followed; readonly status?: NodeStatus };

/** The loop's knowledge. */
type LoopState = {
  readonly cache: ScanCache;
  readonly isPaused: boolean;
  readonly status: NodeStatus | undefined;
};

/**
 * Ensures that the kernel has the policies with the present members. The table is assumed to match the previous
 * members; a change by another program is announced, and repaired by a round.
 */
export function followMembers(
  session: Session,
  document: VnetDocument | undefined,
  state: LoopState,
): Following {
  const followed = follow(session, document, state);
  const { cache, status } = state;
  if (followed !== 'done' || document === undefined || status === undefined) return { followed };
  const members = cache.planned?.observation.members;
  const followedMs = session.followedMs?.();
  return { followed, status: notePolicies(status, { document, members, followedMs, now: session.now() }) };
}

function follow(
  session: Session,
  document: VnetDocument | undefined,
  { cache, isPaused }: LoopState,
): Followed {
  const planned = cache.planned;
  if (document?.policy?.enforce !== true || planned === undefined || session.files === undefined)
    return 'nothing';
  const read = readMembers(session.files);
  if (!read.ok) return 'round';
  const [before, now] = [planned.observation.members, read.value];
  if (before === now) return 'nothing';
  if (isPaused) return 'round';
  const change = membersChange(document, [before, now], EVERY_LINK);
  if (change === undefined || [...change.added, ...change.removed].some(([set]) => isLifted(set)))
    return 'round';
  const tableOf = (members: Members | undefined) => () => policyTableOf(document, members, EVERY_LINK);
  const tables = changedTable(tableOf(before), tableOf(now), change);
  const changed = session.rounds.hold('exclusive', () => {
    const [result = ok('unchanged')] = session.kernel.apply([
      { verb: 'update', ...tables, fields: ['sets'] },
    ]);
    return result;
  });
  if (!changed.ok) return 'round';
  cache.noteMembers(now);
  return 'done';
}
