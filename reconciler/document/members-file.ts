/**
 * The policies, namespaces and pods of the cluster, as last written by its agent, or by hand on a node without one. It
 * survives a reboot: pods are isolated before the agent runs. The agent appends a line for each change, so that a change of one pod among
 * ten thousand is read in a moment.
 */
import { sha256Hex } from '#digest';
import { parseJson } from '../model/objects.ts';
import type { Members } from '../model/policy/members.ts';
import type { Observer } from '../model/ports/kernel.ts';
import { ERRNO, type FileStatus, FLAGS, type Sys } from '../model/ports/sys.ts';
import { Bug, err, fail, ok, type Result } from '../model/result.ts';
import { failureOf } from '../os/errno.ts';
import {
  changeMembers,
  isMembersFile,
  MEMBERS_FORMAT,
  type MembersChange,
  membersOf,
  parseChanges,
} from './members-lines.ts';
import { type FileRead, readEnd, readWithStatus, replaceFile, writeAll } from '../os/file.ts';

/** The file's name in the state directory. */
export const MEMBERS_FILE = 'policy.json';

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
    return fail('invalid', `read ${path}`, `it is not in the format ${MEMBERS_FORMAT}`, { hint });
  }
  remember({ sys, directory }, found);
  return ok(found.members);
}

function remember({ sys, directory }: NodeFiles, read: Read): void {
  const path = `${directory}/${MEMBERS_FILE}`;
  last.set(sys, (last.get(sys) ?? new Map<string, Read>()).set(path, read));
  const { mtimeSeconds, mtimeNanoseconds } = read.status;
  versions.set(read.members, {
    mark: markOf(read.status),
    changedMs: read.changedMs ?? mtimeSeconds * 1000 + mtimeNanoseconds / 1e6,
  });
}

function markOf({ inode, size, mtimeSeconds, mtimeNanoseconds }: FileStatus): string {
  return [inode, size, mtimeSeconds, mtimeNanoseconds].join('.');
}

/** A file whose members another process has read: as many bytes as then, with the digest. */
export type KnownFile = { readonly source: MembersSource; readonly version: MembersVersion };

/**
 * Returns the members of the file, which are read when one of their parts is; undefined if it is another file, or this process has read it.
 * readMembers() then returns them, too.
 */
export function membersWhenAsked(files: NodeFiles, { source, version }: KnownFile): Members | undefined {
  const { sys, directory } = files;
  const read = haveReadMembers(files) ? undefined : readWithStatus(sys, `${directory}/${MEMBERS_FILE}`);
  if (read?.ok !== true || read.value === undefined) return undefined;
  const { bytes } = read.value;
  const status = { ...read.value.status, size: bytes.length };
  if (markOf(status) !== version.mark || bytes.length < source.bytes) return undefined;
  if (sha256Hex(bytes.subarray(0, source.bytes)) !== source.digest) return undefined;
  const members = new LaterMembers(() => readAnew({ bytes, status })?.members);
  const head = bytes.slice(0, Math.min(HEAD_BYTES, bytes.indexOf(NEWLINE) + 1));
  const end = source.isLines ? source.bytes : undefined;
  remember(files, { status, members, bytes: end, head, changedMs: version.changedMs });
  return members;
}

class LaterMembers implements Members {
  readonly #read: () => Members | undefined;
  #whole: Members | undefined;

  constructor(read: () => Members | undefined) {
    this.#read = read;
  }

  get policies(): Members['policies'] {
    return this.#members.policies;
  }

  get namespaces(): Members['namespaces'] {
    return this.#members.namespaces;
  }

  get pods(): Members['pods'] {
    return this.#members.pods;
  }

  get #members(): Members {
    const members = (this.#whole ??= this.#read());
    if (members === undefined) throw new Bug('members that were read before cannot be read');
    return members;
  }
}

/** When the members changed in the cluster, or were written by hand, and their identity. Units: `changedMs` since 1970. */
export type MembersVersion = { readonly mark: string; readonly changedMs: number };

/** The version of members as read. */
const versions = new WeakMap<Members, MembersVersion>();

/** Returns the version of members that readMembers() returned; undefined for others. */
export function versionOfMembers(members: Members | undefined): MembersVersion | undefined {
  return members && versions.get(members);
}

/** The part of the file that members were read from. Shape: `isLines`: changes may follow it. */
export type MembersSource = { readonly bytes: number; readonly digest: string; readonly isLines: boolean };

/** Returns true if this process has read the members. */
export function haveReadMembers({ sys, directory }: NodeFiles): boolean {
  return last.get(sys)?.has(`${directory}/${MEMBERS_FILE}`) === true;
}

/** Returns the source of members that were read last; undefined if the file may be another one by now. */
export function sourceOfMembers({ sys, directory }: NodeFiles, members: Members): MembersSource | undefined {
  const path = `${directory}/${MEMBERS_FILE}`;
  const known = last.get(sys)?.get(path);
  const read = known?.members === members ? readWithStatus(sys, path) : undefined;
  if (known === undefined || read?.ok !== true || read.value === undefined) return undefined;
  const { bytes, status } = read.value;
  const isLines = known.bytes !== undefined;
  const length = known.bytes ?? known.status.size;
  const isSame = isLines
    ? status.inode === known.status.inode &&
      textOf(bytes.subarray(0, known.head.length)) === textOf(known.head)
    : isSameStatus(status, known.status);
  if (!isSame || bytes.length < length) return undefined;
  return { bytes: length, digest: sha256Hex(bytes.subarray(0, length)), isLines };
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
  const known = parseChanges(textOf(bytes.subarray(from, Math.max(from, end))));
  if (known === undefined) return undefined;
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

function isSameStatus(left: FileStatus, right: FileStatus): boolean {
  return (
    left.inode === right.inode &&
    left.size === right.size &&
    left.mtimeSeconds === right.mtimeSeconds &&
    left.mtimeNanoseconds === right.mtimeNanoseconds
  );
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
