/**
 * The steps of network policies for an ADD and a DEL: a pod is isolated, then gets the grants of its policies, before it has an
 * interface; and it remains so until its interface is gone. Loaded only where policies are enforced.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import { EVERY_LINK, sendingAddresses, withoutEndpoints } from '../../model/policy/local-pods.ts';
import type { Members } from '../../model/policy/members.ts';
import { brouteObjects } from '../../model/policy/desired.ts';
import { changedTable, knownChange } from '../../model/policy/table/table.ts';
import type { PolicyChange } from '../../model/policy/compiler/changes.ts';
import { type EnforcedPolicies, enforcedPolicies, policyChange } from '../../model/policy/policy-input.ts';
import { Bug, ok } from '../../model/result.ts';
import { type Change, subjectOf } from '../../model/ports/kernel.ts';
import { keyOf, type NetObject, type NftTableObject } from '../../model/state.ts';
import { renderDifferences } from '../../plan/compare.ts';
import type { Step } from '../../plan/step.ts';
import { haveReadMembers, readMembers } from '../../document/members-file.ts';
import { keepPolicyCache, openPolicyCache } from '../../document/policy-cache.ts';
import type { PolicySteps } from './plan-endpoints.ts';
import type { Session } from './session.ts';

/**
 * Returns the steps for endpoints of a document. Each changes the table by its own elements only, which takes no longer with
 * more pods. If the members cannot be read, the labels of all pods are unknown.
 */
export function policyStepsOf({ files }: Pick<Session, 'files'>): PolicySteps {
  const source = sourceOf(files);
  return (document, ids, steps) => {
    const isComing = (id: string): boolean => {
      const endpoint = document.endpoints?.[id];
      return endpoint !== undefined && isAttached(endpoint);
    };
    const [coming, leaving] = [ids.filter(isComing), ids.filter((id) => !isComing(id))];
    const fresh = freshAddresses(document, coming, steps);
    const first =
      coming.length === 0 ? [] : changes(document, source, { without: coming, verb: 'create', fresh });
    const last = leaving.length === 0 ? [] : changes(document, source, { without: leaving, verb: 'delete' });
    return joinPolicySteps(isolatedFirst(steps, first), { first, last });
  };
}

/**
 * Returns the addresses of the endpoints whose interface is still to be made: their pods have never sent a packet. A repeated ADD of a running
 * pod makes none.
 */
function freshAddresses(
  document: VnetDocument,
  ids: readonly string[],
  steps: readonly Step[],
): readonly string[] {
  const owners = new Set(
    steps.flatMap(({ owner, change }) =>
      change.verb === 'create' && change.want.kind === 'link' ? [owner] : [],
    ),
  );
  return ids
    .filter((id) => owners.has(id))
    .flatMap((id) => document.endpoints?.[id] ?? [])
    .flatMap(sendingAddresses);
}

/** Returns the steps, in which interfaces need the table and their own elements: a pod that cannot be isolated gets none. Pure. */
function isolatedFirst(steps: readonly Step[], first: readonly Step[]): readonly Step[] {
  if (first.length === 0) return steps;
  return steps.map((step) => {
    if (step.change.verb !== 'create' || step.change.want.kind !== 'link') return step;
    const isolating = first.filter(
      ({ owner, change }) => owner === step.owner || subjectOf(change).kind === 'nft-table',
    );
    return { ...step, needs: [...step.needs, ...isolating.map(({ key }) => key)] };
  });
}

/** Steps of policies. Shape: `first` are those before any object of the endpoints is made, `last` those after all are gone. */
type AroundSteps = { readonly first: readonly Step[]; readonly last: readonly Step[] };

/**
 * Returns the steps of endpoints with those of policies around them. Elements of a pod are made before its interface, with those that
 * isolate it, and removed after it, with those that end its isolation: one transaction less. Those that depend on another step, or another
 * step on them, stay in their place. Pure.
 */
export function joinPolicySteps(steps: readonly Step[], { first, last }: AroundSteps): readonly Step[] {
  if (first.length + last.length === 0) return steps;
  const moved = (verb: Step['change']['verb'], by: readonly Step[]): readonly Step[] =>
    by.length === 0 ? [] : steps.filter((step) => step.change.verb === verb && isAlone(step, steps));
  const [early, late] = [moved('create', first), moved('delete', last)];
  const isMoved = new Set([...early, ...late]);
  return [...first, ...early, ...steps.filter((step) => !isMoved.has(step)), ...late, ...last];
}

function isAlone({ key, change, needs }: Step, steps: readonly Step[]): boolean {
  if (subjectOf(change).kind !== 'nft-element') return false;
  const uses = (other: Step): boolean => needs.includes(other.key) || other.needs.includes(key);
  return steps.filter((other) => other.key === key).length === 1 && !steps.some(uses);
}

/** The members, read if they are needed. Shape: `change` finds changes without them where it can. */
type Source = {
  readonly members: () => Members | undefined;
  readonly change: (documents: readonly [VnetDocument, VnetDocument]) => PolicyChange | undefined;
};

function sourceOf(files: Session['files']): Source {
  let read: ReturnType<typeof readMembers> | undefined;
  const members = (): Members | undefined => {
    read ??= files === undefined ? ok(undefined) : readMembers(files);
    return read.ok ? read.value : undefined;
  };
  return {
    members,
    change: (documents) => {
      const isFresh = files !== undefined && read === undefined && !haveReadMembers(files);
      const cached = isFresh
        ? openPolicyCache(files, documents[0])?.change(documents, EVERY_LINK)
        : undefined;
      if (cached !== undefined) return cached;
      const change = policyChange(documents, members(), EVERY_LINK);
      if (isFresh) keepPolicyCache(files, documents[1], members(), EVERY_LINK);
      return change;
    },
  };
}

/** Shape: `fresh` as in a Change. */
type Work = {
  readonly without: readonly string[];
  readonly verb: 'create' | 'delete';
  readonly fresh?: readonly string[];
};

function changes(document: VnetDocument, source: Source, { without, verb, fresh }: Work): readonly Step[] {
  if (document.policy?.enforce !== true) return [];
  const rest = withoutEndpoints(document, without);
  const [from, to] = verb === 'create' ? [rest, document] : [document, rest];
  const made = tableStep({ owner: without[0] ?? '', fresh }, [from, to], source);
  const lifts = without.flatMap((id) => {
    const endpoint = document.endpoints?.[id];
    const objects = endpoint === undefined ? [] : brouteObjects(document, id, endpoint, made.isPoliced);
    return objects.map((object) => stepOf(id, changeOf(verb, object)));
  });
  const { step } = made;
  const isSame = step.differences.length === 0;
  return isSame ? lifts : verb === 'create' ? [step, ...lifts] : [...lifts, step];
}

/** Shape: `isPoliced` is that of the endpoints between the documents, by address. */
type TableStep = { readonly step: Step; readonly isPoliced: (set: string, address: string) => boolean };

/** Where the classes of peers stay the same, only the endpoints' own elements are derived. */
function tableStep(
  { owner, fresh }: { readonly owner: string; readonly fresh: readonly string[] | undefined },
  [from, to]: readonly [VnetDocument, VnetDocument],
  { members, change: find }: Source,
): TableStep {
  const later = (document: VnetDocument) => () => enforced(document, members()).table;
  const whole = find([from, to]);
  if (whole === undefined) {
    const [have, want] = [enforced(from, members()), enforced(to, members())];
    const step = stepOf(owner, tableChange({ want: want.table, have: have.table }, fresh));
    const isPoliced = (set: string, address: string): boolean =>
      [have, want].some(({ sets }) => sets.get(set)?.has(address) === true);
    return { step, isPoliced };
  }
  const tables = changedTable(later(from), later(to), whole);
  const { added, removed, chains } = knownChange(tables.want, tables.have) ?? whole;
  const change = tableChange(tables, fresh);
  const differences = [
    ...removed.map(([set, key]) => ({ field: `${set} ${key}`, want: 'absent', have: 'present' })),
    ...added.map(([set, key, chain]) => ({
      field: `${set} ${key}`,
      want: chain || 'present',
      have: 'absent',
    })),
    ...chains.removed.map((chain) => ({ field: 'chain', want: 'absent', have: chain })),
    ...chains.added.map((chain) => ({ field: 'chain', want: chain, have: 'absent' })),
  ];
  const policed = new Set([...whole.added, ...whole.removed].map(([set, key]) => `${set} ${key}`));
  return {
    step: stepOf(owner, change, differences),
    isPoliced: (set, address) => policed.has(`${set} ${address}`),
  };
}

type Tables = { readonly want: NftTableObject; readonly have: NftTableObject };

function tableChange(tables: Tables, fresh: readonly string[] = []): Change {
  const change = { verb: 'update', ...tables, fields: ['sets'] } as const;
  return fresh.length === 0 ? change : { ...change, fresh };
}

function enforced(document: VnetDocument, members: Members | undefined): EnforcedPolicies {
  const policies = enforcedPolicies(document, members, EVERY_LINK);
  if (policies === undefined) throw new Bug('policies of a document that enforces none');
  return policies;
}

function changeOf(verb: Work['verb'], object: NetObject): Change {
  return verb === 'create' ? { verb, want: object } : { verb, have: object };
}

/** Shape: the owner is one of the endpoints: where the step fails, its call fails. */
function stepOf(
  owner: string,
  change: Change,
  differences: Step['differences'] = renderDifferences(
    change.verb === 'delete' ? undefined : change.want,
    change.verb === 'create' ? undefined : change.have,
  ),
): Step {
  return {
    key: keyOf(subjectOf(change)),
    owner,
    change,
    differences,
    reason: 'network policies of the pod',
    disruption: 'hitless',
    pods: [],
    needs: [],
  };
}
