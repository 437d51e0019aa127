/**
 * A summary of the cluster's pods for the policies of this node's pods, beside the file of members: a process that has just started finds the
 * changes of one pod without reading the others. It is used only for exactly the file and the grants that it was made of.
 */
import { sha256Hex } from '#digest';
import type { Labels, VnetDocument } from '../../schemas/generated/vnet.ts';
import { isRecord, ofFormat, parseJson, withFields } from '../model/objects.ts';
import { type CachedPods, cachedPodsOf, lookUpPods } from '../model/policy/cached-pods.ts';
import { type Members, nameOfPod, type PolicyPod } from '../model/policy/members.ts';
import {
  grantIdsOf,
  NearPolicies,
  type SummarisedCluster,
  summariseMembers,
  summaryKeyOf,
} from '../model/policy/near-input.ts';
import { findCompiled } from '../model/policy/policy-input.ts';
import type { State } from '../model/state.ts';
import type { FileStatus } from '../model/ports/sys.ts';
import { readPath, readWithStatus, replaceCache } from '../os/file.ts';
import { MEMBERS_FILE, type MembersSource, type NodeFiles, sourceOfMembers } from './members-file.ts';
import { parseChanges, podOf } from './members-lines.ts';

/** The file's name in the state directory. */
const CACHE_FILE = 'policy.cache.json';

/** Another one for other contents, and for other digests or names of classes and grants. */
const CACHE_FORMAT = 'vnet.policy-cache/1';

const NEWLINE = 10;

/** Larger ones are not kept. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The first line. Shape: `digest` is that of the second one, `grants` that of the summary's grants. */
type CacheHead = {
  readonly format: typeof CACHE_FORMAT;
  readonly source: MembersSource;
  readonly key: string;
  readonly grants: string;
  readonly digest: string;
};

/** The second line. */
type CacheBody = CachedPods & {
  readonly policies: Members['policies'];
  readonly namespaces: Readonly<Record<string, Labels>>;
} & Pick<SummarisedCluster, 'summary' | 'selections'>;

type Opened = {
  readonly status: FileStatus;
  readonly key: string;
  readonly policies: NearPolicies | undefined;
};

/** The last one by process: a server for a burst answers more than one call. */
const opened = new WeakMap<NodeFiles['sys'], Map<string, Opened>>();

/** Returns the policies by the summary; undefined if it is missing, damaged, or that of other members or of another document. */
export function openPolicyCache(files: NodeFiles, document: VnetDocument): NearPolicies | undefined {
  const { sys, directory } = files;
  const status = sys.stat(`${directory}/${MEMBERS_FILE}`);
  if (typeof status === 'number') return undefined;
  const key = summaryKeyOf(document);
  const known = opened.get(sys)?.get(directory);
  if (known?.key === key && isSameStatus(known.status, status)) return known.policies;
  const cluster = readCache(files, key);
  const policies = cluster && new NearPolicies(cluster);
  opened.set(sys, (opened.get(sys) ?? new Map<string, Opened>()).set(directory, { status, key, policies }));
  return policies;
}

function isSameStatus(left: FileStatus, right: FileStatus): boolean {
  const fields = ['inode', 'device', 'size', 'mtimeSeconds', 'mtimeNanoseconds'] as const;
  return fields.every((field) => left[field] === right[field]);
}

function readCache({ sys, directory }: NodeFiles, key: string): SummarisedCluster | undefined {
  const cache = readPath(sys, `${directory}/${CACHE_FILE}`);
  if (!cache.ok || cache.value === undefined) return undefined;
  const end = cache.value.indexOf(NEWLINE);
  const head = parseJson(textOf(cache.value.subarray(0, Math.max(0, end))), isHead);
  const text = cache.value.subarray(end + 1);
  if (head?.key !== key || sha256Hex(text) !== head.digest) return undefined;
  const file = readWithStatus(sys, `${directory}/${MEMBERS_FILE}`);
  if (!file.ok || file.value === undefined) return undefined;
  const { bytes } = file.value;
  const { source } = head;
  const isLong = source.isLines ? bytes.length >= source.bytes : bytes.length === source.bytes;
  if (!isLong || sha256Hex(bytes.subarray(0, source.bytes)) !== source.digest) return undefined;
  const body = parseJson(textOf(text), isBody);
  return body && clusterOf(body, bytes.subarray(source.bytes, bytes.lastIndexOf(NEWLINE) + 1));
}

/** Labels of a namespace that have changed since concern all of its pods: then all are read. */
function clusterOf(body: CacheBody, added: Uint8Array): SummarisedCluster | undefined {
  const changes = parseChanges(textOf(added));
  if (changes === undefined || changes.some(({ namespaces }) => namespaces !== undefined)) return undefined;
  const pods = new Map<string, PolicyPod | undefined>();
  for (const { gone = [], pods: come = [] } of changes) {
    for (const name of gone) pods.set(name, undefined);
    for (const pod of come) pods.set(nameOfPod(pod), podOf(pod));
  }
  const found = lookUpPods(body, pods);
  if (found === undefined) return undefined;
  const isSamePolicies = changes.every(({ policies }) => policies === undefined);
  const policies = new Map(isSamePolicies ? [] : Object.entries(body.policies));
  for (const change of changes) {
    for (const [name, policy] of Object.entries(change.policies ?? {})) {
      if (policy === null) policies.delete(name);
      else policies.set(name, policy);
    }
  }
  return {
    ...found,
    policies: isSamePolicies ? body.policies : Object.fromEntries(policies),
    namespaces: new Map(Object.entries(body.namespaces)),
    summary: body.summary,
    ...(isSamePolicies && body.selections !== undefined ? { selections: body.selections } : {}),
  };
}

/**
 * Ensures the summary of these members for the document, where they were read from the file; it may be lost if the machine fails. `seen` as in
 * policyInputOf().
 */
export function keepPolicyCache(
  files: NodeFiles | undefined,
  document: VnetDocument,
  members: Members | undefined,
  seen: Pick<State, 'has'>,
): void {
  if (document.policy?.enforce !== true || files === undefined || members === undefined) return;
  // A process that compiles nothing knows no more than the last one.
  if (findCompiled(document, members, seen) !== undefined) return;
  const key = summaryKeyOf(document);
  const grants = sha256Hex(encode(JSON.stringify(grantIdsOf(document, members, seen))));
  const known = kept.get(members);
  if (known?.key === key && known.grants === grants) return;
  kept.set(members, { key, grants });
  const source = sourceOfMembers(files, members);
  if (source === undefined || isKept(files, { source, key, grants })) return;
  const pods = cachedPodsOf(members.pods);
  if (pods === undefined) return;
  const { policies, namespaces } = members;
  const summarised = summariseMembers(document, members, seen);
  if (summarised === undefined) return;
  const body: CacheBody = { policies, namespaces: Object.fromEntries(namespaces), ...summarised, ...pods };
  const text = encode(`${JSON.stringify(body)}\n`);
  const head: CacheHead = { format: CACHE_FORMAT, source, key, grants, digest: sha256Hex(text) };
  const first = encode(`${JSON.stringify(head)}\n`);
  if (first.length + text.length > MAX_BYTES) return;
  const bytes = new Uint8Array(first.length + text.length);
  bytes.set(first);
  bytes.set(text, first.length);
  replaceCache(files.sys, `${files.directory}/${CACHE_FILE}`, bytes);
}

/** The last by members: kept by this process, or found kept. */
const kept = new WeakMap<Members, Pick<CacheHead, 'key' | 'grants'>>();

/** More bytes of changes are not left to the calls that start. */
const MAX_ADDED_BYTES = 256 * 1024;

/** The summary holds for lines that were added since, but for labels of namespaces. */
function isKept(
  { sys, directory }: NodeFiles,
  { source, key, grants }: Pick<CacheHead, 'source' | 'key' | 'grants'>,
): boolean {
  const cache = readPath(sys, `${directory}/${CACHE_FILE}`);
  if (!cache.ok || cache.value === undefined) return false;
  const head = parseJson(textOf(cache.value.subarray(0, Math.max(0, cache.value.indexOf(NEWLINE)))), isHead);
  if (head?.key !== key || head.grants !== grants) return false;
  const { bytes, digest, isLines } = head.source;
  if (digest === source.digest) return true;
  const file = readPath(sys, `${directory}/${MEMBERS_FILE}`);
  if (!isLines || !file.ok || file.value === undefined) return false;
  const added = file.value.subarray(bytes);
  const isShort = added.length <= MAX_ADDED_BYTES && !textOf(added).includes('"namespaces"');
  return isShort && sha256Hex(file.value.subarray(0, bytes)) === digest;
}

const isHead = ofFormat<CacheHead>(CACHE_FORMAT, { source: isRecord });

/** The digest has told that the text is as it was written. */
const isBody = withFields<CacheBody>({ pods: isRecord, summary: isRecord });

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
