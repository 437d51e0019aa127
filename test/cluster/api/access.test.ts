import { describe, expect, it } from 'vitest';
import { findAccess, parseKubeconfig } from '../../../reconciler/cluster/api/access.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { must } from '../../support/must.ts';

const CONFIG = `
apiVersion: v1
kind: Config
current-context: lab
contexts:
- {name: other, context: {cluster: none, user: none}}
- {name: lab, context: {cluster: lab, user: admin, namespace: net}}
clusters:
- name: lab
  cluster: {server: 'https://10.0.0.1:6443/', certificate-authority: pki/ca.crt, tls-server-name: kubernetes}
users:
- name: admin
  user: {client-certificate-data: ${btoa('CERT')}, client-key: /etc/key.pem, token: abc, tokenFile: token}
`;

const execConfig = (version: string): string =>
  CONFIG.replace(
    'token: abc',
    `exec: {apiVersion: client.authentication.k8s.io/${version}, command: bin/kubelogin, args: [get-token, --server-id, 6d], env: [{name: A, value: b}], provideClusterInfo: true}`,
  );

describe('a kubeconfig', () => {
  it('gives the server and credentials of the current context; paths are relative to the file', () => {
    expect(must(parseKubeconfig(CONFIG, '/home/me/.kube/config'))).toEqual({
      server: 'https://10.0.0.1:6443',
      authority: { file: '/home/me/.kube/pki/ca.crt' },
      certificate: { text: 'CERT' },
      key: { file: '/etc/key.pem' },
      token: { file: '/home/me/.kube/token' },
      serverName: 'kubernetes',
      namespace: 'net',
    });
  });

  it.each([
    ['not YAML', 'a: [', 'invalid'],
    ['no context', CONFIG.replace('current-context: lab', 'current-context: gone'), 'invalid'],
    ['no server', CONFIG.replace("server: 'https://10.0.0.1:6443/', ", ''), 'invalid'],
    ['an exec plugin of a version that kubectl gave up', execConfig('v1alpha1'), 'unsupported'],
    ['a password', CONFIG.replace('token: abc', 'username: me'), 'unsupported'],
    ['a proxy', CONFIG.replace('tls-server-name: kubernetes', 'proxy-url: http://p'), 'unsupported'],
  ])('with %s is refused with a remedy', (_name, text, code) => {
    const parsed = parseKubeconfig(text, 'config');
    expect(parsed).toMatchObject({
      ok: false,
      error: { code, hint: expect.stringMatching(/\w/) as unknown },
    });
  });
});

it('a kubeconfig may name a program that prints credentials, relative to the file', () => {
  for (const version of ['v1', 'v1beta1']) {
    const { exec } = must(parseKubeconfig(execConfig(version), '/home/me/.kube/config'));
    expect(exec).toEqual({
      command: '/home/me/.kube/bin/kubelogin',
      args: ['get-token', '--server-id', '6d'],
      environment: { A: 'b' },
      apiVersion: `client.authentication.k8s.io/${version}`,
      cluster: expect.objectContaining({ server: 'https://10.0.0.1:6443/' }) as unknown,
    });
  }
});

describe('access', () => {
  const files: Record<string, string> = {
    '/a/config': CONFIG,
    '/var/run/secrets/kubernetes.io/serviceaccount/token': 'abc',
    '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'kube-system\n',
  };
  const readText = (path: string) => ok(files[path]);
  const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

  it('is that of the option, else of KUBECONFIG, else of the pod, else of the home directory', () => {
    const serverOf = (environment: Record<string, string>, kubeconfig?: string) => {
      const found = findAccess({ environment, kubeconfig, readText });
      return found.ok ? found.value.server : found.error.code;
    };
    expect(serverOf(pod, '/a/config')).toBe('https://10.0.0.1:6443');
    expect(serverOf({ ...pod, KUBECONFIG: '/missing:/a/config' })).toBe('https://10.0.0.1:6443');
    expect(serverOf(pod)).toBe('https://[fd00::1]:6443');
    expect(serverOf({ HOME: '/home/me' })).toBe('not-found');
    expect(serverOf({}, '/missing')).toBe('not-found');
  });

  it('of a pod reads its files', () => {
    expect(must(findAccess({ environment: pod, kubeconfig: undefined, readText }))).toMatchObject({
      token: { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      namespace: 'kube-system',
    });
  });
});
