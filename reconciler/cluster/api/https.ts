/** The transport over node:http and node:https, alike on Node.js and in the executable. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import type { ClusterAccess } from './access.ts';
import { createExecRunner, openExecCredentials } from './exec-credentials.ts';
import { openSecret, type Secret } from './secrets.ts';
import type { ApiAnswer, ApiRequest, Transport } from './transport.ts';

/** Limit of the wait for the head of an answer. Units: milliseconds. */
const HEAD_TIMEOUT_MS = 30_000;

/** Interval of TCP keepalive probes. Units: milliseconds. */
const KEEPALIVE_MS = 30_000;

/** Shape: `prepare` must succeed before each request. */
type Credentials = {
  readonly prepare: () => Result<void>;
  readonly token: Secret;
  readonly tls: Readonly<Record<'ca' | 'cert' | 'key', Secret>>;
};

type ProgramEnvironment = Readonly<Record<string, string | undefined>>;

/** Returns the transport. `userAgent` names the verb to the server; `environment` is that of a program that prints credentials. */
export function openTransport(
  access: ClusterAccess,
  userAgent: string,
  environment: ProgramEnvironment = {},
): Transport {
  const credentials = openCredentials(access, environment);
  const isTls = access.server.startsWith('https:');
  const options = { keepAlive: true, keepAliveMsecs: KEEPALIVE_MS, maxSockets: 16 };
  const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
  const once = (asked: ApiRequest, signal: AbortSignal | undefined): Promise<Result<ApiAnswer>> =>
    sendOnce(
      { access, credentials, userAgent, agent: asked.isFresh === true ? false : agent },
      asked,
      signal,
    );
  return {
    send: async (asked, signal) => {
      const ready = credentials.prepare();
      if (!ready.ok) return ready;
      const first = await once(asked, signal);
      if (!first.ok || first.value.status !== 401) return first;
      // The token may have been renewed: read it again, once.
      const before = credentials.token.text();
      credentials.token.expire();
      const renewed = credentials.prepare();
      if (!renewed.ok) return renewed;
      return credentials.token.text() === before ? first : once(asked, signal);
    },
    close: () => agent.destroy(),
  };
}

function openCredentials(access: ClusterAccess, environment: ProgramEnvironment): Credentials {
  const inputs = { readText, nowMs: () => performance.now() };
  const ca = openSecret(access.authority, inputs);
  if (access.exec !== undefined) {
    const opened = openExecCredentials(access.exec, {
      run: createExecRunner(environment),
      timeMs: () => Date.now(),
    });
    const { prepare, token, certificate: cert, key } = opened;
    return { prepare, token, tls: { ca, cert, key } };
  }
  return {
    prepare: () => ok(undefined),
    token: openSecret(access.token, inputs),
    tls: { ca, cert: openSecret(access.certificate, inputs), key: openSecret(access.key, inputs) },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

type Connection = {
  readonly access: ClusterAccess;
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly agent: HttpAgent | HttpsAgent | false;
};

function sendOnce(
  { access, credentials, userAgent, agent }: Connection,
  asked: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<Result<ApiAnswer>> {
  const { method, path, query = {}, body, contentType, timeoutMs = HEAD_TIMEOUT_MS } = asked;
  const search = new URLSearchParams(query).toString();
  const url = `${access.server}${path}${search === '' ? '' : `?${search}`}`;
  const step = `${method} ${path}`;
  const token = credentials.token.text();
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve) => {
    const options = { method, headers, agent, ...(signal === undefined ? {} : { signal }) };
    const answered = (response: IncomingMessage): void => {
      clearTimeout(timer);
      resolve(ok(answerOf(response)));
    };
    const sent = url.startsWith('https:')
      ? httpsRequest(url, { ...options, ...tlsOptions(access, credentials) }, answered)
      : httpRequest(url, options, answered);
    const timer = setTimeout(() => {
      resolve(err(unreachable('timeout', step, `no answer within ${timeoutMs} ms`)));
      sent.destroy();
    }, timeoutMs);
    sent.on('error', (error) => {
      clearTimeout(timer);
      resolve(err(unreachable('io', step, error.message)));
    });
    sent.end(body);
  });
}

function unreachable(code: 'io' | 'timeout', step: string, message: string): Failure {
  const hint = 'The API server is asked again later; the node keeps its present state.';
  return failure(code, step, message, { hint });
}

function tlsOptions(
  { serverName, isUnchecked }: ClusterAccess,
  { tls }: Credentials,
): Readonly<Record<string, unknown>> {
  const files = Object.entries(tls).flatMap(([name, secret]) => {
    const text = secret.text();
    return text === undefined ? [] : [[name, text] as const];
  });
  return {
    ...Object.fromEntries(files),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(isUnchecked === true ? { rejectUnauthorized: false } : {}),
  };
}

function answerOf(response: IncomingMessage): ApiAnswer {
  const seconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: seconds > 0 ? seconds * 1000 : undefined,
    chunks: response,
  };
}
