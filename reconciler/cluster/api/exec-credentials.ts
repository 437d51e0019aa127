/**
 * Credentials that a program prints: the user `exec` of a kubeconfig (kubelogin, aws, gke-gcloud-auth-plugin).
 * Source: Kubernetes, "Authenticating", client-go credential plugins; client.authentication.k8s.io/v1.
 */
import { spawnSync } from 'node:child_process';
import { isRecord, parseJson } from '../../model/objects.ts';
import { err, failure, type Failure, ok, type Result } from '../../model/result.ts';
import type { ExecSource } from './access.ts';
import type { Secret } from './secrets.ts';

/** The credentials of a cluster. Shape: `prepare` must succeed before a use: it runs the program if they are missing or have expired. */
export type ExecCredentials = Readonly<Record<'token' | 'certificate' | 'key', Secret>> & {
  readonly prepare: () => Result<void>;
};

/** A run of a program. Shape: `code` is undefined if it could not be started. */
export type ProgramRun = { readonly code: number | undefined; readonly stdout: string };

/** Runs a program with these variables added to the environment; the time of day in milliseconds. */
export type ExecInputs = {
  readonly run: (source: ExecSource, variables: Readonly<Record<string, string>>) => ProgramRun;
  readonly timeMs: () => number;
};

/** A request may take so long that credentials expire within it. Units: milliseconds. */
const EARLY_MS = 30_000;

/** A person may have to log in meanwhile. Units: milliseconds. */
const LONGEST_MS = 300_000;

type Printed = {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly expiresMs: number;
};

/** Returns the credentials; the program is run at their first use. */
export function openExecCredentials(source: ExecSource, { run, timeMs }: ExecInputs): ExecCredentials {
  let known: Printed | undefined;
  const prepare = (): Result<void> => {
    if (known !== undefined && timeMs() < known.expiresMs - EARLY_MS) return ok(undefined);
    const done = run(source, { KUBERNETES_EXEC_INFO: infoOf(source) });
    const printed = done.code === 0 ? parseExecCredential(done.stdout) : undefined;
    if (printed === undefined) return err(failed(source, done));
    known = printed;
    return ok(undefined);
  };
  const secret = (field: 'token' | 'certificate' | 'key'): Secret => ({
    text: () => known?.[field],
    expire: () => {
      known = undefined;
    },
  });
  return { prepare, token: secret('token'), certificate: secret('certificate'), key: secret('key') };
}

/** Returns the printed credential; undefined if the text has none. */
export function parseExecCredential(text: string): Printed | undefined {
  const credential = parseJson(text, isRecord);
  const status = credential?.['kind'] === 'ExecCredential' ? credential['status'] : undefined;
  if (!isRecord(status)) return undefined;
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
  const expiresMs =
    typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
  const hasToken = typeof token === 'string' && token !== '';
  const hasPair = typeof certificate === 'string' && typeof key === 'string';
  if (Number.isNaN(expiresMs) || !(hasToken || hasPair)) return undefined;
  return { expiresMs, ...(hasToken ? { token } : {}), ...(hasPair ? { certificate, key } : {}) };
}

/** Returns a function that runs the program of a kubeconfig with this environment: on this terminal, so that it may ask its user. */
export function createExecRunner(
  own: Readonly<Record<string, string | undefined>>,
): (source: ExecSource, variables: Readonly<Record<string, string>>) => ProgramRun {
  return ({ command, args, environment }, variables) => {
    const done = spawnSync(command, args, {
      encoding: 'utf8',
      env: { ...own, ...environment, ...variables },
      stdio: ['inherit', 'pipe', 'inherit'],
      timeout: LONGEST_MS,
    });
    if (done.error !== undefined && done.status === null) return { code: undefined, stdout: '' };
    return { code: done.status ?? 1, stdout: done.stdout };
  };
}

function infoOf({ apiVersion, cluster }: ExecSource): string {
  const spec = { interactive: process.stdin.isTTY, ...(cluster === undefined ? {} : { cluster }) };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
}

function failed({ command, hint = '' }: ExecSource, { code }: ProgramRun): Failure {
  const step = `get credentials from ${command}`;
  if (code === undefined) {
    const install = 'Install it, or name another kubeconfig with --kubeconfig.';
    return failure('not-found', step, 'it cannot be started', { hint: hint === '' ? install : hint });
  }
  const message = code === 0 ? 'it printed no ExecCredential' : `it ended with exit code ${code}`;
  return failure(code === 0 ? 'invalid' : 'permission', step, message, {
    hint: 'Run kubectl get nodes: it uses the same program.',
  });
}
