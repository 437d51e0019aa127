/** A real kube-apiserver with its etcd in a temporary directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterAccess } from '../../../reconciler/cluster/api/access.ts';
import { openTransport } from '../../../reconciler/cluster/api/https.ts';
import { findCommand } from '../../support/tools.ts';
import { freePort } from './free-port.ts';

const { KUBE_APISERVER, ETCD } = process.env;

/** The executables; undefined, with the reason printed once, where there are none. */
export const realServer = ((): { readonly apiserver: string; readonly etcd: string } | undefined => {
  const apiserver = KUBE_APISERVER ?? findCommand('kube-apiserver');
  const etcd = ETCD ?? findCommand('etcd');
  if (apiserver !== undefined && etcd !== undefined) return { apiserver, etcd };
  const missing = apiserver === undefined ? 'KUBE_APISERVER' : 'ETCD';
  console.log(`skipped: no real API server (${missing} is not set: scripts/kube-apiserver.sh builds it)`);
  return undefined;
})();

export type RealServer = {
  readonly access: ClusterAccess;
  /** Access as any user of the token file. Shape: `system:masters` is the group of `access`. */
  readonly accessOf: (token: string) => ClusterAccess;
  /** A kubeconfig of `access`. */
  readonly kubeconfig: string;
  readonly close: () => Promise<void>;
};

/** Users of the token file: token, name, uid, groups. */
const TOKENS = [
  'admin-token,admin,1,system:masters',
  'agent-token,system:serviceaccount:kube-system:vnet-agent,2,"system:serviceaccounts,system:authenticated"',
  'controller-token,system:serviceaccount:kube-system:vnet-controller,3,"system:serviceaccounts,system:authenticated"',
];

/** Resolves when the server is ready. */
export async function openRealServer(): Promise<RealServer> {
  if (realServer === undefined) throw new Error('no real API server');
  const folder = mkdtempSync(join(tmpdir(), 'vnet-api-'));
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
  mkdirSync(join(folder, 'certs'));
  writeFileSync(join(folder, 'tokens.csv'), `${TOKENS.join('\n')}\n`);
  const etcd = start(realServer.etcd, [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
  ]);
  const key = join(folder, 'sa.key');
  await run('openssl', ['genrsa', '-out', key, '2048']);
  const server = start(realServer.apiserver, [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--cert-dir=${folder}/certs`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // A namespace of its own has no default route, from which it would take one. Nothing connects to it.
    '--advertise-address=192.0.2.1',
    '--allow-privileged=true',
    `--token-auth-file=${folder}/tokens.csv`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-account-issuer=https://vnet.test',
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const accessOf = (token: string): ClusterAccess => ({
    server: `https://127.0.0.1:${port}`,
    authority: { file: join(folder, 'certs/apiserver.crt') },
    token: { text: token },
    serverName: 'kubernetes',
  });
  const close = async (): Promise<void> => {
    await Promise.all([end(server), end(etcd)]);
    rmSync(folder, { recursive: true, force: true });
  };
  const access = accessOf('admin-token');
  if (!(await isReady(access, server))) {
    await close();
    throw new Error('kube-apiserver did not become ready');
  }
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: access.server, 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'real',
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
    clusters: [{ name: 'real', cluster: cluster }],
    users: [{ name: 'admin', user: { token: 'admin-token' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return { access, accessOf, kubeconfig, close };
}

async function isReady(access: ClusterAccess, server: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && server.exitCode === null; attempt += 1) {
    // The certificate appears while the server starts: a new transport reads it.
    const transport = openTransport(access, 'ready');
    const answer = await transport.send({ method: 'GET', path: '/readyz', timeoutMs: 5000 });
    transport.close();
    if (answer.ok && answer.value.status === 200) return true;
    await new Promise((resolve) => void setTimeout(resolve, 200));
  }
  return false;
}

function start(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, {
    stdio: process.env['VNET_TEST_VERBOSE'] === undefined ? 'ignore' : 'inherit',
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: 'ignore' })
      .on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command}: ${code}`))))
      .on('error', reject);
  });
}
