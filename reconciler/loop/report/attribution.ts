/** The likely author of a change, by the kernel's notifications, with a level of confidence. Pure. */
import { kindOf } from '../../model/kinds/registry.ts';
import { type Notice, SOME_POD } from '../../model/ports/monitor.ts';
import {
  HOST,
  keyOf,
  linkKeyOf,
  type NetObject,
  normaliseObject,
  type ObjectKey,
} from '../../model/state.ts';
import { subjectOf } from '../../model/ports/kernel.ts';
import type { Step } from '../../plan/step.ts';

/** Confidence of an attribution. `certain`: the kernel named the process itself. */
export type Confidence = 'certain' | 'likely' | 'unknown';

/** A process. Shape: `parent` is its parent, if informative: for a tool like ip(8). */
export type Process = { readonly pid: number; readonly name: string; readonly parent?: Process | undefined };

/** A notification that contradicted the document when it arrived. Units: milliseconds; `time` is ISO 8601. */
export type AnnouncedChange = {
  readonly key: ObjectKey;
  readonly object: NetObject;
  readonly verb: Notice['verb'];
  readonly atMs: number;
  readonly time: string;
  readonly portId: number;
  /** The process with that ID when the notification arrived, if it still ran. */
  readonly process?: Process | undefined;
  /** True if the kernel named the process; false if it is inferred from the port ID. */
  readonly isNamed: boolean;
};

/**
 * The attribution of a change.
 * Shape: `what` is one word for the change, `by` its author, as a clause.
 */
export type Attribution = {
  readonly what: string;
  readonly time?: string;
  readonly by: string;
  readonly confidence: Confidence;
  readonly process?: Process;
  readonly pid?: number;
  readonly atMs?: number;
};

/** The kept evidence, and its lifetime. Units: milliseconds. */
const KEPT = 1000;
/** Notifications of one operation arrive within this time. */
const TOGETHER_MS = 1000;

/**
 * No process has a larger ID: such a port is not the first socket of its process.
 * Source: PID_MAX_LIMIT of Linux.
 */
const PID_MAX = 4 * 1024 * 1024;

/** Returns the evidence with one more entry; the oldest is dropped. */
export function addEvidence(
  known: readonly AnnouncedChange[],
  more: AnnouncedChange,
): readonly AnnouncedChange[] {
  return [...(known.length < KEPT ? known : known.slice(KEPT / 2)), more];
}

/** Returns a notice as evidence; `processOf` looks up a process now. */
export function evidenceOf(
  notice: Notice,
  moment: { readonly atMs: number; readonly time: string },
  processOf: (pid: number) => Process | undefined,
): AnnouncedChange {
  const { verb, portId } = notice;
  const object = normaliseObject(notice.object);
  const pid = notice.process?.pid ?? (portId > 0 && portId <= PID_MAX ? portId : undefined);
  const found = pid === undefined ? undefined : processOf(pid);
  return {
    key: keyOf(object),
    object,
    verb,
    ...moment,
    portId,
    process: notice.process === undefined ? found : { ...found, ...notice.process },
    isNamed: notice.process !== undefined,
  };
}

/**
 * Returns the most likely author of the change behind the step. The kernel reports the port of the socket
 * that changed an address, route or neighbour; it equals the process ID only for a process's first socket.
 * For links, forwarding entries and its own actions it reports nothing.
 * Source: reconciler/kernel/monitor/monitor.ts, observed on Linux 6.18.
 */
export function attribute(
  step: Pick<Step, 'key' | 'change'>,
  evidence: readonly AnnouncedChange[],
): Attribution {
  const subject = subjectOf(step.change);
  const about = evidence.filter((piece) => concernsStep(piece, step));
  const last = about.at(-1);
  if (last === undefined) return attributeWithoutNotice(step, subject, evidence);
  const together = about.filter(({ atMs }) => last.atMs - atMs <= TOGETHER_MS);
  const named = together.findLast(({ process, portId }) => process !== undefined || portId !== 0) ?? last;
  const what = wordOf(named, step);
  const { time, atMs } = named;
  if (named.process !== undefined) {
    const { pid, name, parent } = named.process;
    const program = parent === undefined ? name : `${name} (run by pid ${parent.pid} ${parent.name})`;
    const confidence = named.isNamed ? 'certain' : 'likely';
    const by = named.isNamed ? `pid ${pid} ${program}` : `likely pid ${pid} ${program}`;
    return { what, time, atMs, by, confidence, pid, process: named.process };
  }
  if (named.portId > PID_MAX) {
    const by = `unknown (an additional socket of a process, port ${named.portId})`;
    return { what, time, atMs, by, confidence: 'unknown' };
  }
  if (named.portId > 0) {
    const by = `unknown (short-lived pid ${named.portId})`;
    return { what, time, atMs, by, confidence: 'unknown', pid: named.portId };
  }
  const cascade = cascadeOf(subject, evidence, last.atMs);
  return { what, time, atMs, ...(cascade ?? { by: unnamed(subject), confidence: 'unknown' }) };
}

/** Returns true if the evidence concerns the object of the step. */
export function concernsStep({ key }: AnnouncedChange, step: Pick<Step, 'key' | 'change'>): boolean {
  return key === step.key || key === withoutPlace(subjectOf(step.change)) || key === hostEndOf(step);
}

/** A pod's end of a veth is reported through its host end. */
function hostEndOf({ change }: Pick<Step, 'change'>): ObjectKey | undefined {
  if (change.verb !== 'update' || change.have.kind !== 'link' || change.have.netns === HOST) return undefined;
  const { peer } = change.have;
  return peer && linkKeyOf(peer.name, SOME_POD);
}

/** Without a notification about the object itself, it may have been removed along with its carrier. */
function attributeWithoutNotice(
  step: Pick<Step, 'key' | 'change'>,
  subject: NetObject,
  evidence: readonly AnnouncedChange[],
): Attribution {
  const latest = evidence.at(-1)?.atMs;
  const cascade = latest === undefined ? undefined : cascadeOf(subject, evidence, latest);
  const what = step.change.verb === 'create' ? 'missing' : 'changed';
  return {
    what,
    ...(cascade ?? { by: 'unknown (found by a scan, without a notification)', confidence: 'unknown' }),
  };
}

function cascadeOf(
  subject: NetObject,
  evidence: readonly AnnouncedChange[],
  atMs: number,
): Pick<Attribution, 'by' | 'confidence'> | undefined {
  if (!('dev' in subject) && kindOf(subject).container === undefined) return undefined;
  const cause = evidence.findLast(
    (piece) => Math.abs(atMs - piece.atMs) <= TOGETHER_MS && carries(piece.object, subject),
  );
  if (cause === undefined) return undefined;
  const who = cause.process === undefined ? '' : ` by ${cause.process.name} (pid ${cause.process.pid})`;
  return { by: `cascade of ${cause.key} ${describe(cause)}${who}`, confidence: 'likely' };
}

function carries(carrier: NetObject, subject: NetObject): boolean {
  const kind = kindOf(subject);
  if (kind.container !== undefined) return carrier.kind === kind.container;
  if (!('dev' in subject) || carrier.netns !== subject.netns) return false;
  if (carrier.kind === 'link') return carrier.name === subject.dev;
  if (carrier.kind !== 'address' || carrier.dev !== subject.dev) return false;
  return kind.goesWith?.(subject, 4) === true || kind.goesWith?.(subject, 6) === true;
}

function describe({ verb, object }: AnnouncedChange): string {
  if (verb === 'gone') return object.kind === 'link' ? 'removed' : 'deleted';
  return object.kind === 'link' && object.up === false ? 'going down' : 'changed';
}

function wordOf({ verb }: AnnouncedChange, { change }: Pick<Step, 'change'>): string {
  if (verb === 'gone') return 'deleted';
  return change.verb === 'delete' ? 'added' : 'changed';
}

function unnamed(subject: NetObject): string {
  return kindOf(subject).isAnonymous === true
    ? 'unknown (the kernel does not report who changed a link)'
    : 'unknown (the kernel itself)';
}

/** Notifications from pods do not name the pod. */
function withoutPlace(subject: NetObject): ObjectKey | undefined {
  if (subject.netns === HOST || !('dev' in subject) || kindOf(subject).inPods !== true) return undefined;
  return keyOf({ ...subject, netns: SOME_POD, dev: '' });
}

/** Returns the attribution as one clause: `deleted 14:01:07, likely pid 811 systemd-networkd`. */
export function renderAttribution({ what, time, by }: Attribution): string {
  return time === undefined ? `${what}, ${by}` : `${what} ${time.slice(11, 19)}, ${by}`;
}
