/** The conditions of a node, from what the last round left. Pure. */
import type { Condition, NodeStatus, ObjectStatus } from '../files/status-file.ts';

/**
 * What is known of the node beside its objects.
 * Shape: `drifted` and `withheld` count objects that others changed and those whose repair would interrupt traffic;
 * `problem` is why no round could be done; `refused` names a hand edit that is not in force, `tentative` a change
 * that waits to be confirmed, `pauses` how many are valid.
 */
export type Circumstances = {
  readonly generation: number;
  readonly drifted: number;
  readonly withheld: number;
  readonly pauses: number;
  readonly problem?: string | undefined;
  readonly refused?: string | undefined;
  readonly tentative?: string | undefined;
};

type Finding = Omit<Condition, 'since'>;

/**
 * Returns all conditions; `since` is that of the previous ones while a condition's status stays.
 * Law: Ready is true exactly when a round could be done and nothing is left that it is to do.
 */
export function conditionsOf(
  objects: readonly ObjectStatus[],
  circumstances: Circumstances,
  previous: NodeStatus | undefined,
  time: string,
): readonly Condition[] {
  const { drifted, pauses, problem, refused, tentative } = circumstances;
  const failing = objects.filter(({ state }) => state === 'error');
  const contended = objects.filter(({ state }) => state === 'contended');
  const findings: readonly Finding[] = [
    readyOf(objects, circumstances),
    finding('Drifted', drifted > 0, 'Drifted', `${count(drifted, 'object')} drifted`),
    problem === undefined
      ? finding('Degraded', failing.length > 0, 'RepairFailing', `repair of ${list(failing)} fails`)
      : finding('Degraded', true, 'RoundFailing', problem),
    finding('Contended', contended.length > 0, 'RepairsReverted', list(contended)),
    finding('Paused', pauses > 0, 'PausedByOperator', `${count(pauses, 'pause')}; end with vnet resume`),
    finding('EditRefused', refused !== undefined, 'EditNotInForce', refused ?? ''),
    finding('Tentative', tentative !== undefined, 'NotConfirmed', tentative ?? ''),
  ];
  return findings.map((found) => ({ ...found, since: sinceOf(found, previous) ?? time }));
}

function readyOf(
  objects: readonly ObjectStatus[],
  { generation, problem, withheld }: Circumstances,
): Finding {
  if (problem !== undefined) return notReady('RoundFailing', problem);
  const left = objects.filter(({ state }) => state !== 'reported');
  const worst = (['error', 'contended', 'paused', 'pending'] as const).find((state) =>
    left.some((object) => object.state === state),
  );
  if (worst === undefined && withheld > 0) {
    const message = `${count(withheld, 'repair')} would interrupt traffic: see vnet reconcile --dry-run`;
    return notReady('Withheld', message);
  }
  if (worst === undefined) {
    return finding('Ready', true, 'Converged', `kernel matches generation ${generation}`);
  }
  const reason = { error: 'RepairFailing', contended: 'Contended', paused: 'Paused', pending: 'Pending' }[
    worst
  ];
  return notReady(
    reason,
    `${list(left)} ${left.length === 1 ? 'does' : 'do'} not match generation ${generation}`,
  );
}

function notReady(reason: string, message: string): Finding {
  return { type: 'Ready', status: false, reason, message };
}

function finding(type: Condition['type'], status: boolean, reason: string, message: string): Finding {
  return status ? { type, status, reason, message } : { type, status, reason: 'None', message: '' };
}

function sinceOf(found: Finding, previous: NodeStatus | undefined): string | undefined {
  const before = previous?.conditions.find(({ type }) => type === found.type);
  return before?.status === found.status ? before.since : undefined;
}

function list(objects: readonly ObjectStatus[]): string {
  const [first, ...others] = objects;
  if (first === undefined) return '';
  return others.length === 0 ? first.key : `${first.key} and ${count(others.length, 'other')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
