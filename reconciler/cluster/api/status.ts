/** Errors of the Kubernetes API as Failures. Pure. */
import { isRecord, omitUndefined, parseJson } from '../../model/objects.ts';
import { failure, type FailureCode } from '../../model/result.ts';
import type { ApiFailure } from './transport.ts';

/** The codes of statuses of HTTP; of any other one, `io`. */
const CODES: Readonly<Record<number, FailureCode>> = {
  400: 'invalid',
  401: 'permission',
  403: 'permission',
  404: 'not-found',
  405: 'unsupported',
  409: 'conflict',
  410: 'interrupted',
  415: 'unsupported',
  422: 'invalid',
  429: 'busy',
  503: 'busy',
  504: 'timeout',
};

const HINTS: Readonly<Record<number, string>> = {
  401: 'Check the token or client certificate: kubectl auth whoami with the same kubeconfig.',
  403: 'Apply deploy/kubernetes, which has the roles.',
  404: 'Apply deploy/kubernetes/crds if the resource is one of vnet.',
};

/** Returns the Failure that a Status object or any other body of an answer stands for. */
export function apiFailure(step: string, status: number, body: string, retryAfterMs?: number): ApiFailure {
  const value = parseJson(body, isRecord);
  const message = typeof value?.['message'] === 'string' ? value['message'] : body.slice(0, 200).trim();
  const reason = typeof value?.['reason'] === 'string' ? value['reason'] : undefined;
  const code = reason === 'AlreadyExists' ? 'exists' : (CODES[status] ?? 'io');
  const hint = HINTS[status];
  return {
    ...failure(code, step, `HTTP ${status}: ${message || 'no message'}`, omitUndefined({ hint })),
    status,
    ...omitUndefined({ reason, retryAfterMs }),
  };
}

/** Returns true if the version that was asked for is no longer there: the collection must be listed again. */
export function isVersionGone({ status, reason }: ApiFailure): boolean {
  return status === 410 || reason === 'Expired' || reason === 'Gone';
}
