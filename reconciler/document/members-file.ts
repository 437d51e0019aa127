/**
 * The policies, namespaces and pods of the cluster, as last written by its agent, or by hand on a node without one. It
 * survives a reboot: pods are isolated before the agent runs. The agent appends a line for each change, so that a change of one pod among
 * ten thousand is read in a moment.
 */
import type { Labels, NetworkPolicy } from '../../schemas/generated/vnet.ts';
import { firstOfEqual, isRecord, parseJson } from '../model/objects.ts';
import { type Members, type NamedPort, nameOfPod, type PolicyPod } from '../model/policy/members.ts';
import { changePods } from '../model/policy/pod-lists.ts';
import type { Observer } from '../model/ports/kernel.ts';
import { ERRNO, type FileStatus, FLAGS, type Sys } from '../model/ports/sys.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import { failureOf } from '../os/errno.ts';
import { isLabels, isMemberPod, isNetworkPolicy, plainAddress } from './members-shape.ts';
import { type FileRead, readEnd, readWithStatus, replaceFile, writeAll } from '../os/file.ts';

/** The file's name in the state directory. */
export const MEMBERS_FILE = 'policy.json';

/** The format of the file. */
const MEMBERS_FORMAT = 'vnet.policy/1';
const NEWLINE = 10;

/**
 * The file as read. Shape: `bytes` up to which its lines are in `members`; undefined for one value over several lines, as people write
 * it. `head`: its first bytes. `changedMs` is the time of the first change that the last read added, where the agent says it.
 */
type Read = {
  readonly status: FileStatus;
  readonly members: Members;
  readonly bytes: number | undefined;
  readonly head: Uint8Array;
  readonly changedMs: number | undefined;
};

/** As many bytes tell the files of an agent from each other: each has the time of its first change there. */
const HEAD_BYTES = 128;

/** The last contents, by the process that read them: their identity tells the compiler that nothing has changed. */
const last = new WeakMap<Sys, Map<string, Read>>();

/** The directory of a node's files that survive a reboot. */
export type NodeFiles = { readonly sys: Sys; readonly directory: string };

/**
 * Returns the members; undefined without a file. Pods that have not changed since the last call are the same values.
 * Errors: `invalid` if the file is in another format; that of reading it.
 */
export function readMembers({ sys, directory }: NodeFiles): Result<Members | undefined> {
  const path = `${directory}/${MEMBERS_FILE}`;
  const status = sys.stat(path);
  if (status === -ERRNO.ENOENT) return ok(undefined);
  if (typeof status === 'number') return err(failureOf(status, `stat ${path}`));
  const known = last.get(sys)?.get(path);
  if (known !== undefined && isSameStatus(known.status, status)) return ok(known.members);
  const longer = known?.status.inode === status.inode ? readOn(sys, path, known) : undefined;
  const opened = longer === undefined ? readWithStatus(sys, path) : ok(undefined);
  if (!opened.ok) return opened;
  if (longer === undefined && opened.value === undefined) return ok(undefined);
  const found = longer ?? (opened.value && readAnew(opened.value));
  if (found === undefined) {
    const hint = 'Pods keep the policies in force. Let the agent write the file again, or remove it.';
    return err(failure('invalid', `read ${path}`, `it is not in the format ${MEMBERS_FORMAT}`, { hint }));
  }
  last.set(sys, (last.get(sys) ?? new Map<string, Read>()).set(path, found));
  const { inode, size, mtimeSeconds, mtimeNanoseconds } = found.status;
  versions.set(found.members, {
    mark: [inode, size, mtimeSeconds, mtimeNanoseconds].join('.'),
    changedMs: found.changedMs ?? mtimeSeconds * 1000 + mtimeNanoseconds / 1e6,
  });
  return ok(found.members);
}

/** When the members changed in the cluster, or were written by hand, and their identity. Units: `changedMs` since 1970. */
export type MembersVersion = { readonly mark: string; readonly changedMs: number };

/** The version of members as read. */
const versions = new WeakMap<Members, MembersVersion>();

/** Returns the version of members that readMembers() returned; undefined for others. */
export function versionOfMembers(members: Members | undefined): MembersVersion | undefined {
  return members && versions.get(members);
}

/** The lines added since; undefined if the earlier ones are others: written in place, or in a new file with the number of an old one. */
function readOn(sys: Sys, path: string, { status, members, bytes: from, head }: Read): Read | undefined {
  if (from === undefined) return undefined;
  const added = readEnd(sys, path, { from, headBytes: head.length });
  const isLonger = added !== undefined && added.status.size > status.size;
  const isSame = isLonger && added.status.inode === status.inode && textOf(added.head) === textOf(head);
  return isSame ? readLines({ members, changedMs: undefined, head }, added, 0, from) : undefined;
}

/** The first line is the whole; the others change it. Bytes written during the read are left to the next one. */
function readAnew({ bytes, status: after }: FileRead): Read | undefined {
  const status = { ...after, size: bytes.length };
  const end = bytes.indexOf(NEWLINE);
  const head = bytes.slice(0, Math.min(HEAD_BYTES, end + 1));
  const first = parseJson(textOf(bytes.subarray(0, end < 0 ? bytes.length : end)), isMembersFile);
  if (first === undefined) {
    const whole = parseJson(textOf(bytes), isMembersFile);
    if (whole === undefined) return undefined;
    return { status, members: membersOf(whole), bytes: undefined, changedMs: undefined, head };
  }
  const known = { members: membersOf(first), changedMs: first.changedMs, head };
  if (end < 0) return { status, ...known, bytes: undefined };
  return readLines(known, { bytes, status }, end + 1, 0);
}

/** A line without an end is being written. Shape: `bytes` begin at `offset` of the file. */
function readLines(
  before: Pick<Read, 'members' | 'changedMs' | 'head'>,
  { bytes, status }: FileRead,
  from: number,
  offset: number,
): Read | undefined {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const lines = textOf(bytes.subarray(from, Math.max(from, end)))
    .split('\n')
    .filter((line) => line !== '');
  const changes = lines.map((line) => parseJson(line, isMembersChange));
  const known = changes.filter((change) => change !== undefined);
  if (known.length < changes.length) return undefined;
  const [first] = known.map(({ changedMs }) => changedMs);
  return {
    status,
    members: changeMembers(before.members, known),
    bytes: offset + Math.max(from, end),
    head: before.head,
    changedMs: first ?? before.changedMs,
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * A change of the members. Shape: null removes a policy or a namespace, `gone` names pods; other fields replace. `changedMs` is when the agent
 * received the first of it. Units: milliseconds since 1970.
 */
export type MembersChange = {
  readonly policies?: Readonly<Record<string, NetworkPolicy | null>>;
  readonly namespaces?: Readonly<Record<string, Labels | null>>;
  readonly pods?: readonly PodOfFile[];
  readonly gone?: readonly string[];
  readonly changedMs?: number;
};

function isMembersChange(value: unknown): value is MembersChange {
  if (!isRecord(value) || !hasMembers(value, (part) => part === null)) return false;
  const { gone = [] } = value;
  return Array.isArray(gone) && gone.every((name) => typeof name === 'string');
}

/** Shape: `isGone` is true of what stands for a part that is gone. */
function hasMembers(
  { policies = {}, namespaces = {}, pods = [], changedMs = 0 }: Readonly<Record<string, unknown>>,
  isGone: (part: unknown) => boolean,
): boolean {
  return (
    typeof changedMs === 'number' &&
    isRecord(policies) &&
    Object.values(policies).every((policy) => isGone(policy) || isNetworkPolicy(policy)) &&
    isRecord(namespaces) &&
    Object.values(namespaces).every((labels) => isGone(labels) || isLabels(labels)) &&
    Array.isArray(pods) &&
    pods.every(isMemberPod)
  );
}

/** Parts that no change names remain the same values. */
function changeMembers(members: Members, changes: readonly MembersChange[]): Members {
  if (changes.length === 0) return members;
  const has = (field: 'policies' | 'namespaces'): boolean =>
    changes.some((change) => change[field] !== undefined);
  const policies = new Map(has('policies') ? Object.entries(members.policies) : []);
  const namespaces = new Map(has('namespaces') ? members.namespaces : []);
  const pods = new Map<string, PolicyPod | undefined>();
  for (const change of changes) {
    replaceIn(policies, change.policies);
    replaceIn(namespaces, change.namespaces);
    for (const name of change.gone ?? []) pods.set(name, undefined);
    for (const pod of change.pods ?? []) pods.set(nameOfPod(pod), podOf(pod));
  }
  return {
    policies: has('policies') ? Object.fromEntries(policies) : members.policies,
    namespaces: has('namespaces') ? namespaces : members.namespaces,
    pods: changePods(members.pods, pods),
  };
}

function replaceIn<T>(map: Map<string, T>, values: Readonly<Record<string, T | null>> = {}): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) map.delete(name);
    else map.set(name, value);
  }
}

function isSameStatus(left: FileStatus, right: FileStatus): boolean {
  return (
    left.inode === right.inode &&
    left.size === right.size &&
    left.mtimeSeconds === right.mtimeSeconds &&
    left.mtimeNanoseconds === right.mtimeNanoseconds
  );
}

type MembersFile = {
  readonly format: typeof MEMBERS_FORMAT;
  readonly policies?: Readonly<Record<string, NetworkPolicy>>;
  readonly namespaces?: Readonly<Record<string, Labels>>;
  readonly pods?: readonly PodOfFile[];
  readonly changedMs?: number;
};

/** A pod in the file. Shape: `local`: it is to run on this node. */
export type PodOfFile = {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
  readonly addresses?: readonly string[];
  readonly ports?: readonly NamedPort[];
  readonly local?: boolean;
};

function isMembersFile(value: unknown): value is MembersFile {
  return isRecord(value) && value['format'] === MEMBERS_FORMAT && hasMembers(value, () => false);
}

/** Pods of a workload share their labels and ports: ten thousand pods have few. */
function membersOf({ policies = {}, namespaces = {}, pods = [] }: MembersFile): Members {
  const [allLabels, allPorts] = [new Map<string, Labels>(), new Map<string, readonly NamedPort[]>()];
  return {
    policies,
    namespaces: new Map(Object.entries(namespaces)),
    pods: pods.map(({ labels, ports, ...pod }) =>
      podOf({
        ...pod,
        ...(labels === undefined ? {} : { labels: firstOfEqual(allLabels, labels) }),
        ...(ports === undefined ? {} : { ports: firstOfEqual(allPorts, ports) }),
      }),
    ),
  };
}

function podOf({ namespace, name, labels, addresses = [], ports, local }: PodOfFile): PolicyPod {
  return {
    namespace,
    name,
    ...(labels === undefined ? {} : { labels }),
    addresses: addresses.flatMap(plainAddress),
    ...(ports === undefined ? {} : { ports }),
    ...(local === true ? { isExpected: true } : {}),
  };
}

/** Returns the observer, whose whole observations have the members too. Errors: those of reading them. */
export function withMembers(observer: Observer, read: () => Result<Members | undefined>): Observer {
  return {
    observe: (scope) => {
      const seen = observer.observe(scope);
      if (!seen.ok || !scope.whole) return seen;
      const members = read();
      return members.ok ? ok({ ...seen.value, members: members.value }) : members;
    },
  };
}

/** Ensures the whole file; it is on disk then. Returns its size in bytes. */
export function writeMembers({ sys, directory }: NodeFiles, whole: MembersChange): Result<number> {
  const bytes = lineOf({ format: MEMBERS_FORMAT, ...whole });
  const path = `${directory}/${MEMBERS_FILE}`;
  const written = replaceFile(sys, path, bytes);
  return written.ok ? ok(bytes.length) : written;
}

/** Adds a change to the file; it may be lost if the machine fails. Returns its size in bytes. Errors: `not-found` without the file. */
export function appendMembers({ sys, directory }: NodeFiles, change: MembersChange): Result<number> {
  const path = `${directory}/${MEMBERS_FILE}`;
  const fd = sys.open(path, FLAGS.O_WRONLY | FLAGS.O_APPEND | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return err(failureOf(fd, `open ${path}`));
  const bytes = lineOf(change);
  const code = writeAll(sys, fd, bytes);
  sys.close(fd);
  return code < 0 ? err(failureOf(code, `write ${path}`)) : ok(bytes.length);
}

function lineOf(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
