/**
 * CNI errors: the table of codes, and the only conversion from Failures and Issues. Pure.
 * Source: SPEC.md, section "Error"; codes from 100 on are vnet's.
 */
import type { Problem } from '../../reconciler/document/snapshot.ts';
import type { Failure, Issue } from '../../reconciler/model/result.ts';
import { count } from '../../reconciler/model/words.ts';

/** Every code that the plugins return. */
export const CNI_CODES = {
  /** The configuration's `cniVersion` is not supported, or too old for the verb. */
  incompatibleVersion: 1,
  /** A key of the configuration requests an unsupported feature. */
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  decodingFailure: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  /** Temporary: a lock was held, or the kernel was busy. */
  tryAgainLater: 11,
  /** STATUS: ADD cannot be served. */
  notAvailable: 50,
  /** STATUS: ADD cannot be served, and existing pods may be cut off. */
  limitedConnectivity: 51,
  /** The kernel refused a change. */
  kernelRefused: 100,
  /** The pool has no free address. */
  exhausted: 101,
  /** The address (or the whole key) is in use; the message names the holder. */
  addressTaken: 102,
  /** vnet.yaml is invalid, of a newer version, or of another node. */
  documentInvalid: 103,
  /** CHECK: the kernel differs from the document. */
  networkDiffers: 104,
  /** The uplink was not found or cannot be taken over. */
  uplinkProblem: 105,
  /** The delegated IPAM plugin could not be run or violated the protocol. */
  delegateFailed: 106,
  /** A bug in vnet. */
  internal: 999,
} as const;

/** Shape: as printed on stdout, without `cniVersion`. `details` has the remedy or a list. */
export type CniError = { readonly code: number; readonly msg: string; readonly details?: string };

/** The operation during which a Failure occurred; it determines the code if the Failure alone does not. */
export type Area = 'document' | 'address' | 'kernel' | 'uplink' | 'pool';

/** Returns the CNI error; empty `details` are omitted. */
export function cniError(code: number, msg: string, details = ''): CniError {
  return details === '' ? { code, msg } : { code, msg, details };
}

/** Returns the CNI error for a Failure or Issues in this area. Total. */
export function toCniError(problem: Problem, area: Area): CniError {
  if (problem.kind === 'issues') return fromIssues(problem.issues);
  const code = codeOf(problem, problem.about ?? area);
  return cniError(code, `${problem.step}: ${problem.message}`, detailsOf(problem));
}

const AREA_CODES: Readonly<Record<Area, number>> = {
  document: CNI_CODES.documentInvalid,
  address: CNI_CODES.invalidConfig,
  kernel: CNI_CODES.kernelRefused,
  uplink: CNI_CODES.uplinkProblem,
  pool: CNI_CODES.tryAgainLater,
};

function codeOf(failure: Failure, area: Area): number {
  switch (failure.code) {
    case 'busy':
    case 'timeout':
    case 'interrupted':
      return CNI_CODES.tryAgainLater;
    case 'exhausted':
      return CNI_CODES.exhausted;
    case 'conflict':
      return area === 'address' ? CNI_CODES.addressTaken : AREA_CODES[area];
    case 'io':
    case 'permission':
      return area === 'document' ? CNI_CODES.ioFailure : AREA_CODES[area];
    case 'refused':
    case 'not-found':
    case 'exists':
    case 'unsupported':
    case 'invalid':
      return AREA_CODES[area];
    default:
      return failure.code satisfies never;
  }
}

function detailsOf(failure: Failure): string {
  const lines: string[] = [];
  for (let at = failure.cause; at !== undefined; at = at.cause) lines.push(`${at.step}: ${at.message}`);
  if (failure.hint !== undefined) lines.push(failure.hint);
  return lines.join('\n');
}

function fromIssues(issues: readonly Issue[]): CniError {
  const lines = issues.map((issue) => {
    const where = `${issue.file}:${issue.line}:${issue.column}`;
    const hint = issue.hint === undefined ? '' : ` (${issue.hint})`;
    return `${where}: ${issue.path}: ${issue.message}${hint}`;
  });
  const file = issues[0]?.file ?? 'vnet.yaml';
  return cniError(
    CNI_CODES.documentInvalid,
    `${file} is not valid: ${count(issues.length, 'error')}; correct it and check with \`vnet validate\``,
    lines.join('\n'),
  );
}
