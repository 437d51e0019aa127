/**
 * The sets of network policies as the last process compiled them, beside the file of members: a single round of a process that has just started
 * reads no member and compiles nothing. They hold for exactly the file that they were compiled from; pods of this node that have come or gone
 * since are changes of them.
 */
import { sha256Hex } from '#digest';
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { podNameOf } from '../model/names.ts';
import { isRecord, ofFormat, parseJson, withFields } from '../model/objects.ts';
import { changedSets } from '../model/policy/compiler/changes.ts';
import type { PolicySets } from '../model/policy/compiler/sets.ts';
import { isHere } from '../model/policy/local-pods.ts';
import type { Members } from '../model/policy/members.ts';
import { summaryKeyOf } from '../model/policy/near-input.ts';
import { enforcedPolicies, offerCompiled, policyNamesOf } from '../model/policy/policy-input.ts';
import { ok, type Result } from '../model/result.ts';
import type { State } from '../model/state.ts';
import { readPath, replaceCache } from '../os/file.ts';
import {
  haveReadMembers,
  type KnownFile,
  membersWhenAsked,
  type NodeFiles,
  readMembers,
  sourceOfMembers,
  versionOfMembers,
} from './members-file.ts';
import { openPolicyCache } from './policy-cache.ts';

/** The file's name in the state directory. */
const SETS_FILE = 'policy.sets.json';

/** Another one for other contents, and where the compiler makes other sets of the same inputs. */
const SETS_FORMAT = 'vnet.policy-sets/1';

const NEWLINE = 10;

/** The first line. Shape: `digest` is that of the second one. */
type SetsHead = { readonly format: typeof SETS_FORMAT; readonly digest: string };

/** The inputs of a compilation besides the members. Shape: `endpoints` are those that count, with the fields that policies see. */
type SetsInputs = {
  readonly key: string;
  readonly endpoints: NonNullable<VnetDocument['endpoints']>;
};

/** The second line. Shape: `program` is the version of the writer, `names` are those of the members' policies. */
type SetsBody = KnownFile &
  SetsInputs & {
    readonly program: string;
    readonly names: readonly string[];
    readonly sets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };

/** A document with the inputs of its policies; as in policyInputOf(). */
type PolicyWorld = {
  readonly document: VnetDocument;
  readonly members: Members | undefined;
  readonly seen: Pick<State, 'has'> | undefined;
};

/**
 * Returns the members as readMembers() does. Where sets of exactly this file are kept, by the same version of the program, the members are read
 * only if one of their parts is.
 */
export function readMembersLate(files: NodeFiles, program: string): Result<Members | undefined> {
  const body = haveReadMembers(files) ? undefined : readSets(files);
  const members = body?.program === program ? membersWhenAsked(files, body) : undefined;
  if (body === undefined || members === undefined) return readMembers(files);
  kept.set(members, textOfInputs(body));
  offerCompiled(members, { names: body.names, find: finderOf(files, body) });
  return ok(members);
}

function readSets({ sys, directory }: NodeFiles): SetsBody | undefined {
  const file = readPath(sys, `${directory}/${SETS_FILE}`);
  if (!file.ok || file.value === undefined) return undefined;
  const end = Math.max(0, file.value.indexOf(NEWLINE));
  const head = parseJson(textOf(file.value.subarray(0, end)), isHead);
  const text = file.value.subarray(end + 1);
  return head?.digest === sha256Hex(text) ? parseJson(textOf(text), isBody) : undefined;
}

/** Pods that have come or gone since are changes, found as those of an ADD. */
function finderOf(
  files: NodeFiles,
  body: SetsBody,
): (document: VnetDocument, seen: PolicyWorld['seen']) => PolicySets | undefined {
  const before: PolicySets = new Map(
    Object.entries(body.sets).map(([name, elements]) => [name, new Map(Object.entries(elements))]),
  );
  const found = new Map([[textOfInputs(body), before as PolicySets | undefined]]);
  return (document, seen) => {
    const inputs = inputsOf(document, seen);
    const text = textOfInputs(inputs);
    if (inputs.key !== body.key || found.has(text)) return found.get(text);
    const was = { ...document, endpoints: body.endpoints };
    const now = { ...document, endpoints: inputs.endpoints };
    const change = openPolicyCache(files, document)?.change([was, now]);
    const sets = change && changedSets(before, change);
    found.set(text, sets);
    return sets;
  };
}

/** Ensures that the sets of the document are kept, where the members were read from the file; they may be lost if the machine fails. */
export function keepPolicySets(files: NodeFiles, program: string, world: PolicyWorld): void {
  const { document, members, seen } = world;
  const version = versionOfMembers(members);
  if (document.policy?.enforce !== true || members === undefined || version === undefined) return;
  const inputs = inputsOf(document, seen);
  const text = textOfInputs(inputs);
  if (kept.get(members) === text) return;
  kept.set(members, text);
  const source = sourceOfMembers(files, members);
  const policies = enforcedPolicies(document, members, seen);
  if (source === undefined || policies === undefined) return;
  const sets = Object.fromEntries(
    Array.from(policies.sets, ([name, elements]) => [name, Object.fromEntries(elements)]),
  );
  const body: SetsBody = { program, source, version, ...inputs, names: policyNamesOf(members), sets };
  const line = encode(`${JSON.stringify(body)}\n`);
  const head: SetsHead = { format: SETS_FORMAT, digest: sha256Hex(line) };
  const first = encode(`${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(first.length + line.length);
  bytes.set(first);
  bytes.set(line, first.length);
  replaceCache(files.sys, `${files.directory}/${SETS_FILE}`, bytes);
}

/** The inputs whose sets were kept last, or found kept, by members. */
const kept = new WeakMap<Members, string>();

function inputsOf(document: VnetDocument, seen: PolicyWorld['seen']): SetsInputs {
  const { endpoints = {}, policy = {} } = document;
  const here = Object.entries(endpoints).filter(([, endpoint]) => isHere(endpoint, seen));
  return {
    key: JSON.stringify([summaryKeyOf(document), policy.nodeCidrs ?? []]),
    endpoints: Object.fromEntries(here.map(([id, endpoint]) => [id, asPoliciesSee(id, endpoint)])),
  };
}

/** Shape: it has an interface: it counts. */
function asPoliciesSee(id: string, endpoint: Endpoint): Endpoint {
  const { addresses, labels, mac } = endpoint;
  return {
    pod: podNameOf(id, endpoint),
    addresses,
    ...(labels === undefined ? {} : { labels }),
    ...(mac === undefined ? {} : { mac }),
    added: '',
    hostVeth: '',
    netns: '',
  };
}

function textOfInputs({ key, endpoints }: SetsInputs): string {
  return JSON.stringify([key, endpoints]);
}

const isHead = ofFormat<SetsHead>(SETS_FORMAT, {});

/** The digest has told that the text is as it was written. */
const isBody = withFields<SetsBody>({
  source: isRecord,
  version: isRecord,
  endpoints: isRecord,
  sets: isRecord,
});

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
