/** The conditions of a node as status shows them: what is seen now, over what the last round wrote down. Pure. */
import { renderFailure, type Result } from '../../../model/result.ts';
import { type Condition, CONDITIONS, conditionOf, type NodeStatus } from '../../../loop/files/status-file.ts';
import type { Tentative } from '../../../loop/change/tentative.ts';
import type { Sight } from './look.ts';
import { refusalText } from '../../../app/refusal.ts';

/** What conditions are made from. Shape: `now` is ISO 8601; `sight` is undefined where the kernel could not be read. */
export type Evidence = {
  readonly sight: Sight | undefined;
  readonly refused: Sight['snapshot']['refused'];
  readonly status: NodeStatus | undefined;
  readonly tentative: Result<Tentative | undefined> | undefined;
  readonly now: string;
};

type Seen = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Returns every condition, in the order of CONDITIONS. One that is as the last round left it keeps its time. */
export function conditionsOf(evidence: Evidence): readonly Condition[] {
  const seen: Readonly<Record<Condition['type'], Seen | undefined>> = {
    Ready: readyOf(evidence),
    Drifted: driftedOf(evidence),
    Degraded: undefined,
    Contended: undefined,
    Paused: undefined,
    EditRefused: refusedOf(evidence),
    Tentative: tentativeOf(evidence),
  };
  return CONDITIONS.map((type) => {
    const known = conditionOf(evidence.status, type);
    const current = seen[type] ??
      known ?? { status: false, reason: 'NotSeen', message: 'no round has reported otherwise' };
    const since = known?.status === current.status ? known.since : sinceOf(type, evidence);
    return { type, status: current.status, reason: current.reason, message: current.message, since };
  });
}

function sinceOf(type: Condition['type'], { refused, tentative, now }: Evidence): string {
  if (type === 'EditRefused' && refused !== undefined) return refused.time;
  if (type === 'Tentative' && tentative?.ok === true && tentative.value !== undefined)
    return tentative.value.started;
  return now;
}

function readyOf({ sight }: Evidence): Seen {
  if (sight === undefined)
    return { status: false, reason: 'Unknown', message: 'the kernel could not be read' };
  const { steps } = sight.plan;
  if (steps.length === 0) {
    return { status: true, reason: 'Converged', message: 'kernel matches the document' };
  }
  const pending = steps.filter(({ key }) => sight.causes?.get(key) === 'pending').length;
  const reason = pending === steps.length ? 'Pending' : 'Drifted';
  return { status: false, reason, message: `${steps.length} differences, ${pending} of them pending` };
}

function driftedOf({ sight }: Evidence): Seen | undefined {
  if (sight === undefined) return undefined;
  const { plan, accepted, causes } = sight;
  const drifted = plan.steps.filter(({ key }) => causes?.get(key) !== 'pending').length;
  const left = accepted.length === 0 ? '' : `; ${accepted.length} accepted`;
  return drifted === 0
    ? { status: false, reason: 'InSync', message: `no drift${left}` }
    : { status: true, reason: 'Drifted', message: `${drifted} differences${left}: see vnet drift` };
}

function refusedOf({ refused }: Evidence): Seen {
  if (refused === undefined) return { status: false, reason: 'NoEdit', message: 'no refused edit' };
  const reason = refused.issues.length > 0 ? 'Invalid' : 'Conflict';
  return { status: true, reason, message: `${refusalText(refused)}; finish with vnet edit --resolve` };
}

function tentativeOf({ tentative }: Evidence): Seen | undefined {
  if (tentative === undefined) return undefined;
  if (!tentative.ok) return { status: true, reason: 'Unreadable', message: renderFailure(tentative.error) };
  const open = tentative.value;
  if (open === undefined) return { status: false, reason: 'Confirmed', message: 'no unconfirmed change' };
  const until = open.window === undefined ? '' : ` until ${open.window.deadline}`;
  return {
    status: true,
    reason: open.state === 'open' ? 'AwaitsConfirmation' : 'Applying',
    message: `generation ${open.id} is unconfirmed${until}: keep with vnet confirm ${open.id}, roll back with vnet revert ${open.id}`,
  };
}
