/** Requests and answers of the fake API server. */
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import type { Resource } from '../../../reconciler/cluster/api/resources.ts';

export type FakeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly contentType: string;
  readonly token: string | undefined;
};

export type FakeAnswer =
  | { readonly status: number; readonly body: string }
  | {
      readonly status: number;
      readonly stream: (send: (line: string) => void, end: () => void) => () => void;
    };

/** The collection or object that a path names. */
export type Selected = {
  readonly resource: Resource;
  readonly hasStatus: boolean;
  readonly check?: (object: ApiObject, before: ApiObject | undefined) => readonly string[];
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly key: string | undefined;
  readonly isStatus: boolean;
};

export function refuse(code: number, reason: string, message: string): FakeAnswer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  return { status: code, body: JSON.stringify({ ...status, message, reason, code }) };
}
