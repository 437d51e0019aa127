/**
 * CNI errors: the table of codes, and the one place where a Failure or an Issue becomes one. Pure.
 * Source: SPEC.md, section "Error"; codes from 100 on are ours.
 */
import type { Failure, Issue } from '../../reconciler/model/result.ts';

/** Every code that the plugins answer with. */
export const CNI_CODES = {
  /** The configuration's `cniVersion` is not spoken, or too old for the verb. */
  incompatibleVersion: 1,
  /** A key of the configuration asks for something vnet doesn't do. */
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  decodingFailure: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  /** The same call may go through later: a lock was held, the kernel was busy. */
  tryAgainLater: 11,
  /** STATUS: ADD can't be served. */
  notAvailable: 50,
  /** STATUS: ADD can't be served, and existing pods may be cut off. */
  limitedConnectivity: 51,
  /** The kernel refused a change. */
  kernelRefused: 100,
  /** No address is free. */
  exhausted: 101,
  /** The address (or the whole key) is held by someone else, who is named. */
  addressTaken: 102,
  /** vnet.yaml is not valid, or not ours to write. */
  documentInvalid: 103,
  /** CHECK: the kernel isn't what the document says. */
  networkDiffers: 104,
  /** The uplink can't be found or taken over. */
  uplinkProblem: 105,
  /** The delegated IPAM plugin could not be run or broke the protocol. */
  delegateFailed: 106,
  /** A bug of ours. */
  internal: 999,
} as const;

/** Shape: as printed on stdout, without `cniVersion`. `details` says what to do next, or lists. */
export type CniError = { readonly code: number; readonly msg: string; readonly details?: string };

/** What was being done when a Failure came up; it decides the code where the Failure alone can't. */
export type Area = 'document' | 'address' | 'kernel' | 'uplink' | 'pool' | 'delegate';

/** What can go wrong with the document: the world refused, or it is not valid. */
export type Trouble = Failure | { readonly kind: 'issues'; readonly issues: readonly Issue[] };

/** Returns the CNI error; `details` is left out when empty. */
export function cniError(code: number, msg: string, details = ''): CniError {
  return details === '' ? { code, msg } : { code, msg, details };
}

/** Returns the CNI error for what went wrong in this area. Total: every Failure and every list of Issues has one. */
export function toCniError(trouble: Trouble, area: Area): CniError {
  if (trouble.kind === 'issues') return fromIssues(trouble.issues);
  const code = codeOf(trouble, trouble.about ?? area);
  return cniError(code, `${trouble.step}: ${trouble.message}`, detailsOf(trouble));
}

const AREA_CODES: Readonly<Record<Area, number>> = {
  document: CNI_CODES.documentInvalid,
  address: CNI_CODES.invalidConfig,
  kernel: CNI_CODES.kernelRefused,
  uplink: CNI_CODES.uplinkProblem,
  pool: CNI_CODES.tryAgainLater,
  delegate: CNI_CODES.delegateFailed,
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
  const count = issues.length === 1 ? '1 error' : `${issues.length} errors`;
  const file = issues[0]?.file ?? 'vnet.yaml';
  return cniError(
    CNI_CODES.documentInvalid,
    `${file} is not valid: ${count}; correct it and check with \`vnet validate\``,
    lines.join('\n'),
  );
}
