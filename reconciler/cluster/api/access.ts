/** The server of a cluster and the credentials for it: from a kubeconfig, or from the files of a pod. */
import { isRecord, recordsIn } from '../../model/objects.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { parseYaml } from '../../document/yaml/parse.ts';

/** A value, or the file that has it and is read again. */
export type SecretSource = { readonly text: string } | { readonly file: string };

/**
 * A program that prints credentials.
 * Shape: `hint` says how to install it; `cluster` is present if the program asks for it.
 */
export type ExecSource = {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly hint?: string;
  readonly cluster?: Readonly<Record<string, unknown>>;
};

/**
 * The server and how to be known to it.
 * Shape: `server` is its URL; `authority` the certificates that it is checked with (absent: those of the system); `token`,
 * `certificate` and `key` in PEM identify this client, or those that `exec` prints; `serverName` replaces the host name in the check of the certificate.
 */
export type ClusterAccess = {
  readonly server: string;
  readonly authority?: SecretSource;
  readonly token?: SecretSource;
  readonly certificate?: SecretSource;
  readonly key?: SecretSource;
  readonly exec?: ExecSource;
  readonly serverName?: string;
  readonly isUnchecked?: boolean;
  readonly namespace?: string;
};

/** The files of a pod's service account. Source: Kubernetes, "Accessing the Kubernetes API from a Pod". */
const POD_FILES = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The environment variables and the files that lead to a cluster. */
type AccessInputs = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly kubeconfig: string | undefined;
  readonly readText: (path: string) => Result<string | undefined>;
};

/**
 * Returns the access: from the kubeconfig named, else from KUBECONFIG (its first existing file), else that of this pod, else
 * from ~/.kube/config. Errors: `not-found` without any; those of parseKubeconfig.
 */
export function findAccess({ environment, kubeconfig, readText }: AccessInputs): Result<ClusterAccess> {
  const { KUBECONFIG: variable = '', HOME: home = '/root' } = environment;
  if (kubeconfig !== undefined) return readKubeconfig(kubeconfig, readText, NO_CLUSTER_HINT);
  for (const path of variable.split(':').filter((each) => each !== '')) {
    const found = readKubeconfig(path, readText);
    if (found.ok || found.error.code !== 'not-found') return found;
  }
  const pod = podAccess(environment, readText);
  return pod ?? readKubeconfig(`${home}/.kube/config`, readText, NO_CLUSTER_HINT);
}

const NO_CLUSTER_HINT = 'Name one with --kubeconfig, or set KUBECONFIG.';

function readKubeconfig(path: string, readText: AccessInputs['readText'], hint = ''): Result<ClusterAccess> {
  const text = readText(path);
  if (!text.ok) return text;
  if (text.value !== undefined) return parseKubeconfig(text.value, path);
  return fail('not-found', 'find the cluster', `${path} does not exist`, { hint });
}

function podAccess(
  { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' }: AccessInputs['environment'],
  readText: AccessInputs['readText'],
): Result<ClusterAccess> | undefined {
  if (host === undefined || host === '') return undefined;
  const token = readText(`${POD_FILES}/token`);
  if (!token.ok || token.value === undefined) return undefined;
  const namespace = readText(`${POD_FILES}/namespace`);
  const name = namespace.ok ? namespace.value?.trim() : undefined;
  return ok({
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    authority: { file: `${POD_FILES}/ca.crt` },
    token: { file: `${POD_FILES}/token` },
    ...(name === undefined || name === '' ? {} : { namespace: name }),
  });
}

/**
 * Returns the access of the current context of a kubeconfig; `path` is that of the file, for relative paths in it. Pure.
 * Errors: `invalid` for YAML or a context that is not there; `unsupported` for passwords, proxies and what kubectl has given up.
 */
export function parseKubeconfig(text: string, path: string): Result<ClusterAccess> {
  const refuse = (code: 'invalid' | 'unsupported', message: string, hint: string) =>
    fail(code, `read ${path}`, message, { hint });
  const parsed = parseYaml(text);
  if (!('value' in parsed) || !isRecord(parsed.value)) {
    return refuse('invalid', 'not a kubeconfig', 'See kubectl config view.');
  }
  const config = parsed.value;
  const context = entryOf(config['contexts'], config['current-context'], 'context');
  const cluster = entryOf(config['clusters'], context?.['cluster'], 'cluster');
  const user = entryOf(config['users'], context?.['user'], 'user') ?? {};
  const server = cluster?.['server'];
  if (context === undefined || cluster === undefined || typeof server !== 'string' || !URL.canParse(server)) {
    return refuse('invalid', 'no server in the current context', 'Set one: kubectl config use-context NAME.');
  }
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  const exec = execOf(user['exec'], cluster, directory);
  const isForeignExec = exec === undefined && user['exec'] !== undefined;
  const others = ['auth-provider', 'username'].find((field) => user[field] !== undefined);
  const foreign = isForeignExec ? `exec other than of ${EXEC_VERSIONS.join(', ')}` : others;
  if (foreign !== undefined || cluster['proxy-url'] !== undefined) {
    const message = `${foreign ?? 'proxy-url'} is not supported`;
    return refuse(
      'unsupported',
      message,
      'Use a token or a client certificate, or kubectl proxy and its URL.',
    );
  }
  const sources = {
    authority: sourceOf(cluster, 'certificate-authority', directory),
    certificate: sourceOf(user, 'client-certificate', directory),
    key: sourceOf(user, 'client-key', directory),
    token: tokenOf(user, directory),
  };
  const serverName = cluster['tls-server-name'];
  const namespace = context['namespace'];
  return ok({
    server: server.replace(/\/+$/, ''),
    ...Object.fromEntries(Object.entries(sources).filter(([, source]) => source !== undefined)),
    ...(exec === undefined ? {} : { exec }),
    ...(typeof serverName === 'string' ? { serverName } : {}),
    ...(cluster['insecure-skip-tls-verify'] === true ? { isUnchecked: true } : {}),
    ...(typeof namespace === 'string' ? { namespace } : {}),
  });
}

type Fields = Readonly<Record<string, unknown>>;

function entryOf(list: unknown, name: unknown, field: string): Fields | undefined {
  const value = recordsIn(list).find((entry) => entry['name'] === name)?.[field];
  return isRecord(value) ? value : undefined;
}

/** The versions of client.authentication.k8s.io that kubectl has. */
const EXEC_VERSIONS: readonly unknown[] = ['v1', 'v1beta1'].map(
  (version) => `client.authentication.k8s.io/${version}`,
);

/** A command with a slash is relative to the kubeconfig. */
function execOf(exec: unknown, cluster: Fields, directory: string): ExecSource | undefined {
  if (!isRecord(exec)) return undefined;
  const { command, apiVersion, args, env, installHint } = exec;
  if (typeof command !== 'string' || command === '' || typeof apiVersion !== 'string') return undefined;
  if (!EXEC_VERSIONS.includes(apiVersion)) return undefined;
  const isRelative = command.includes('/') && !command.startsWith('/');
  return {
    command: isRelative ? `${directory}${command}` : command,
    args: Array.isArray(args) ? args.map(String) : [],
    environment: Object.fromEntries(recordsIn(env).map(({ name, value }) => [String(name), String(value)])),
    apiVersion,
    ...(typeof installHint === 'string' ? { hint: installHint } : {}),
    ...(exec['provideClusterInfo'] === true ? { cluster } : {}),
  };
}

function sourceOf(fields: Fields, name: string, directory: string): SecretSource | undefined {
  const data = fields[`${name}-data`];
  if (typeof data === 'string') return { text: Buffer.from(data, 'base64').toString('utf8') };
  return fileOf(fields[name], directory);
}

function tokenOf(user: Fields, directory: string): SecretSource | undefined {
  const { token } = user;
  return fileOf(user['tokenFile'], directory) ?? (typeof token === 'string' ? { text: token } : undefined);
}

function fileOf(path: unknown, directory: string): SecretSource | undefined {
  if (typeof path !== 'string' || path === '') return undefined;
  return { file: path.startsWith('/') ? path : `${directory}${path}` };
}
