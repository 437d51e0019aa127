/**
 * The environment variables of a CNI call as one value. Pure.
 * Source: SPEC.md, "Parameters"; required variables per verb as in pkg/skel/skel.go, which is the suite in
 * practice.
 */
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { CniVerb } from '../../reconciler/cni/call.ts';
import type { Environment } from '../../reconciler/model/ports/sys.ts';

/** The verbs of CNI 1.1.0. */
export const CNI_VERBS: readonly CniVerb[] = ['ADD', 'DEL', 'CHECK', 'STATUS', 'GC', 'VERSION'];

/**
 * The decoded environment.
 * Shape: variables that the verb does not need are `''` if absent; `path` has the folders of CNI_PATH in
 * order; `argsText` is CNI_ARGS unparsed.
 */
export type Invocation = {
  readonly verb: CniVerb;
  readonly containerId: string;
  readonly netns: string;
  readonly netnsOverride: boolean;
  readonly ifName: string;
  readonly path: readonly string[];
  readonly argsText: string;
};

/** The supported keys of CNI_ARGS. Shape: `pod` is namespace/name, set only if both are given. */
export type CniArgs = {
  readonly pod?: string;
  readonly ips: readonly string[];
  readonly mac?: string;
};

const REQUIRED: Readonly<Record<CniVerb, readonly string[]>> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  STATUS: ['CNI_PATH'],
  GC: ['CNI_PATH'],
  VERSION: [],
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const IFNAME = /^[^/:\s]{1,15}$/;
const KNOWN_ARGS = new Set([
  'IgnoreUnknown',
  'IP',
  'MAC',
  'GATEWAY',
  'K8S_POD_NAMESPACE',
  'K8S_POD_NAME',
  'K8S_POD_INFRA_CONTAINER_ID',
  'K8S_POD_UID',
]);

/** Returns the call. Errors: 4, naming all missing variables, or the first invalid one. */
export function parseEnvironment(env: Environment): Result<Invocation, CniError> {
  const verb = CNI_VERBS.find((candidate) => candidate === env['CNI_COMMAND']);
  if (verb === undefined) {
    const given = JSON.stringify(env['CNI_COMMAND'] ?? '');
    return invalid(`unknown CNI_COMMAND: ${given}; expected one of ${CNI_VERBS.join(', ')}`);
  }
  const missing = REQUIRED[verb].filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) return invalid(`required env variables [${missing.join(',')}] missing`);
  const invocation: Invocation = {
    verb,
    containerId: env['CNI_CONTAINERID'] ?? '',
    netns: env['CNI_NETNS'] ?? '',
    netnsOverride: /^(1|true)$/i.test(env['CNI_NETNS_OVERRIDE'] ?? ''),
    ifName: env['CNI_IFNAME'] ?? '',
    path: (env['CNI_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    argsText: env['CNI_ARGS'] ?? '',
  };
  return REQUIRED[verb].includes('CNI_CONTAINERID') ? checkNames(invocation) : ok(invocation);
}

function checkNames(invocation: Invocation): Result<Invocation, CniError> {
  const { containerId, ifName } = invocation;
  if (!isName(containerId)) {
    return invalid(
      `invalid characters in CNI_CONTAINERID ${JSON.stringify(containerId)}; expected ${NAME.source}`,
    );
  }
  if (!isIfName(ifName)) {
    const rule = '1 to 15 characters, none of "/", ":" and blanks, neither "." nor ".."';
    return invalid(`invalid CNI_IFNAME ${JSON.stringify(ifName)}: an interface name has ${rule}`);
  }
  return ok(invocation);
}

/** Returns true if CNI accepts the text as a container ID or network name. Source: pkg/utils/utils.go. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Returns true if Linux accepts the text as an interface name. Source: dev_valid_name in net/core/dev.c. */
export function isIfName(text: string): boolean {
  return IFNAME.test(text) && text !== '.' && text !== '..' && new TextEncoder().encode(text).length <= 15;
}

/**
 * Returns the supported keys of CNI_ARGS (`K=V;K2=V2`).
 * Errors: 4 for malformed text, and for an unknown key unless `IgnoreUnknown` is `1` or `true`.
 */
export function parseCniArgs(text: string): Result<CniArgs, CniError> {
  const pairs = new Map<string, string>();
  for (const part of text.split(';').filter((piece) => piece !== '')) {
    const [key, value, ...rest] = part.split('=');
    if (key === undefined || key === '' || value === undefined || rest.length > 0) {
      return invalid(`CNI_ARGS: invalid pair ${JSON.stringify(part)}; expected KEY=VALUE, separated by ";"`);
    }
    pairs.set(key, value);
  }
  const ignoreUnknown = /^(1|true)$/i.test(pairs.get('IgnoreUnknown') ?? '');
  const unknown = [...pairs.keys()].filter((key) => !KNOWN_ARGS.has(key));
  if (unknown.length > 0 && !ignoreUnknown) {
    return invalid(`CNI_ARGS: unknown args [${unknown.join(',')}]; remove them or add IgnoreUnknown=1`);
  }
  return ok(readPairs(pairs));
}

function readPairs(pairs: ReadonlyMap<string, string>): CniArgs {
  const value = (key: string): string | undefined => (pairs.get(key) === '' ? undefined : pairs.get(key));
  const namespace = value('K8S_POD_NAMESPACE');
  const name = value('K8S_POD_NAME');
  const pod = namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
  const ips = (value('IP') ?? '').split(',').flatMap((ip) => (ip.trim() === '' ? [] : [ip.trim()]));
  return { ips, ...omitUndefined({ pod, mac: value('MAC') }) };
}

function invalid(msg: string): Result<never, CniError> {
  return err(cniError(CNI_CODES.invalidEnvironment, msg));
}
