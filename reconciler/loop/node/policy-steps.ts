/**
 * The steps of network policies for an ADD and a DEL: a pod is isolated, then allowed what its policies allow, before it has an
 * interface; and it remains so until its interface is gone. Loaded only where policies are enforced.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import type { Members } from '../../model/policy/members.ts';
import { liftObjects } from '../../model/policy/desired.ts';
import { type EnforcedPolicies, enforcedPolicies } from '../../model/policy/world.ts';
import type { Change } from '../../model/ports/kernel.ts';
import { subjectOf } from '../../model/ports/kernel.ts';
import { keyOf, type NetObject } from '../../model/state.ts';
import { renderDifferences } from '../../plan/compare.ts';
import type { Step } from '../../plan/step.ts';
import { readMembers } from '../../document/members-file.ts';
import type { PolicySteps } from './plan-endpoints.ts';
import type { Session } from './session.ts';

/** A leaving pod counts until its entry is deleted from the document: it is excluded by name. */
const EVERY_LINK = { has: () => true };

/**
 * Returns the steps for endpoints of a document. Each changes the table by its own elements only, which takes no longer with
 * more pods. If the members cannot be read, the labels of all pods are unknown.
 */
export function policyStepsOf({ files }: Pick<Session, 'files'>): PolicySteps {
  const read = files === undefined ? undefined : readMembers(files);
  const members = read?.ok === true ? read.value : undefined;
  return (document, ids) => {
    const isComing = (id: string): boolean => {
      const endpoint = document.endpoints?.[id];
      return endpoint !== undefined && isAttached(endpoint);
    };
    const [coming, leaving] = [ids.filter(isComing), ids.filter((id) => !isComing(id))];
    const first = coming.length === 0 ? [] : steps(document, members, { without: coming, verb: 'create' });
    const last = leaving.length === 0 ? [] : steps(document, members, { without: leaving, verb: 'delete' });
    return { first, last };
  };
}

type Work = { readonly without: readonly string[]; readonly verb: 'create' | 'delete' };

function steps(
  document: VnetDocument,
  members: Members | undefined,
  { without, verb }: Work,
): readonly Step[] {
  const others = Object.entries(document.endpoints ?? {}).filter(([id]) => !without.includes(id));
  const rest = { ...document, endpoints: Object.fromEntries(others) };
  const [less, more] = [
    enforcedPolicies(rest, members, EVERY_LINK),
    enforcedPolicies(document, members, EVERY_LINK),
  ];
  if (less === undefined || more === undefined) return [];
  const [have, want] = verb === 'create' ? [less, more] : [more, less];
  const lifts = without.flatMap((id) =>
    liftOf(document, id, more).map((object) => stepOf(id, changeOf(verb, object))),
  );
  const [owner] = without;
  const table = stepOf(owner ?? '', { verb: 'update', want: want.table, have: have.table, fields: ['sets'] });
  const isSame = table.differences.length === 0;
  return isSame ? lifts : verb === 'create' ? [table, ...lifts] : [...lifts, table];
}

function liftOf(document: VnetDocument, id: string, { sets }: EnforcedPolicies): readonly NetObject[] {
  const endpoint = document.endpoints?.[id];
  return endpoint === undefined ? [] : liftObjects(document, id, endpoint, sets);
}

function changeOf(verb: Work['verb'], object: NetObject): Change {
  return verb === 'create' ? { verb, want: object } : { verb, have: object };
}

/** Shape: the owner is one of the endpoints: where the step fails, its call fails. */
function stepOf(owner: string, change: Change): Step {
  const want = change.verb === 'delete' ? undefined : change.want;
  const have = change.verb === 'create' ? undefined : change.have;
  return {
    key: keyOf(subjectOf(change)),
    owner,
    change,
    differences: renderDifferences(want, have),
    reason: 'network policies of the pod',
    disruption: 'hitless',
    pods: [],
    needs: [],
  };
}
