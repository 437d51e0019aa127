/** The port between API client and network: one request, one answer whose body arrives in chunks. */
import type { Failure, Result } from '../../model/result.ts';

/** One request. Shape: `path` with its query; `isFresh`: over a new connection. Units: milliseconds, until the head of the answer. */
export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly isFresh?: boolean;
  readonly timeoutMs?: number;
};

/** The answer. Shape: `retryAfterMs` if the server names a wait; `chunks` throws if the connection breaks. */
export type ApiAnswer = {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
};

/** Sends requests to one server. */
export interface Transport {
  /**
   * Resolves to the answer, of any status, once its head has arrived. `signal` ends request and body.
   * Errors: `io` (unreachable, broken connection), `timeout`.
   */
  send(request: ApiRequest, signal?: AbortSignal): Promise<Result<ApiAnswer>>;
  /** Closes idle connections. */
  close(): void;
}

/** The failure of a request that the server answered. Shape: `status` of HTTP; `reason` as Kubernetes has them (`Conflict`). */
export type ApiFailure = Failure & {
  readonly status?: number;
  readonly reason?: string;
  readonly retryAfterMs?: number;
};

/** Time, and chance for jitter. Units: milliseconds, monotonic. */
export interface ApiClock {
  nowMs(): number;
  /** Resolves after the time, or at once when the signal is aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** Returns a number in [0, 1). */
  chance(): number;
}
