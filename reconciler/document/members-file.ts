/**
 * What the cluster knows of policies, namespaces and pods, as last written by its agent, or by hand on a node without one. It
 * survives a reboot: pods are isolated before the agent runs.
 */
import type { Labels, NetworkPolicy } from '../../schemas/generated/vnet.ts';
import { isRecord, parseJson } from '../model/objects.ts';
import type { Members, NamedPort, PolicyPod } from '../model/policy/members.ts';
import { normaliseAddress } from '../model/addresses/address.ts';
import type { Observer } from '../model/ports/kernel.ts';
import type { FileStatus, Sys } from '../model/ports/sys.ts';
import { err, failure, ok, type Result } from '../model/result.ts';
import { readPath } from '../os/file.ts';

/** The file's name in the state directory. */
export const MEMBERS_FILE = 'policy.json';

/** The format of the file. */
const MEMBERS_FORMAT = 'vnet.policy/1';

type Read = { readonly status: FileStatus; readonly members: Members };

/** The last contents, by the process that read them: their identity tells the compiler that nothing has changed. */
const last = new WeakMap<Sys, Map<string, Read>>();

/** The directory of a node's files that survive a reboot. */
type NodeFiles = { readonly sys: Sys; readonly directory: string };

/** Returns the members; undefined without a file. Errors: `invalid` if the file is in another format; that of reading it. */
export function readMembers({ sys, directory }: NodeFiles): Result<Members | undefined> {
  const path = `${directory}/${MEMBERS_FILE}`;
  const status = sys.stat(path);
  if (typeof status === 'number') return ok(undefined);
  const known = last.get(sys)?.get(path);
  if (known !== undefined && isSameStatus(known.status, status)) return ok(known.members);
  const bytes = readPath(sys, path);
  if (!bytes.ok) return bytes;
  const members =
    bytes.value === undefined ? undefined : parseJson(new TextDecoder().decode(bytes.value), isMembersFile);
  if (members === undefined) {
    const hint = 'Pods keep the policies in force. Let the agent write the file again, or remove it.';
    return err(failure('invalid', `read ${path}`, `it is not in the format ${MEMBERS_FORMAT}`, { hint }));
  }
  const read = { status, members: membersOf(members) };
  last.set(sys, (last.get(sys) ?? new Map<string, Read>()).set(path, read));
  return ok(read.members);
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
};

type PodOfFile = {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
  readonly addresses?: readonly string[];
  readonly ports?: readonly NamedPort[];
};

function isMembersFile(value: unknown): value is MembersFile {
  if (!isRecord(value) || value['format'] !== MEMBERS_FORMAT) return false;
  const { policies = {}, namespaces = {}, pods = [] } = value;
  return (
    isRecord(policies) &&
    Object.values(policies).every(isPolicy) &&
    isRecord(namespaces) &&
    Object.values(namespaces).every(isRecord) &&
    Array.isArray(pods) &&
    pods.every(isPod)
  );
}

function isPod(pod: unknown): boolean {
  return isRecord(pod) && typeof pod['namespace'] === 'string' && typeof pod['name'] === 'string';
}

function isPolicy(policy: unknown): boolean {
  return isRecord(policy) && isRecord(policy['podSelector']);
}

function membersOf({ policies = {}, namespaces = {}, pods = [] }: MembersFile): Members {
  return {
    policies,
    namespaces: new Map(Object.entries(namespaces)),
    pods: pods.map(
      ({ namespace, name, labels, addresses = [], ports }): PolicyPod => ({
        namespace,
        name,
        ...(labels === undefined ? {} : { labels }),
        addresses: addresses.map(normaliseAddress),
        ...(ports === undefined ? {} : { ports }),
      }),
    ),
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
