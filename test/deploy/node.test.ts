import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestOf } from '../cli/request.ts';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { execNow } from '../support/exec.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/kubernetes/node');
const manifests = fs.readdirSync(folder);

type Container = {
  readonly name: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: { readonly privileged?: boolean };
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly mountPropagation?: string;
  }[];
};
type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly hostNetwork: boolean;
        readonly hostPID: boolean;
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly { name: string; hostPath?: { path: string } }[];
      };
    };
  };
};

function readManifests(name: string): readonly Manifest[] {
  const parts = fs.readFileSync(join(folder, name), 'utf8').split(/^---$/m);
  return parts.map((part) => {
    const parsed = parseYaml(part);
    if (!('value' in parsed)) throw new Error(`${name}: ${JSON.stringify(parsed)}`);
    const manifest: Manifest = JSON.parse(JSON.stringify(parsed.value));
    return manifest;
  });
}

const [config, daemonSet] = readManifests('install.yaml');
const pod = daemonSet?.spec?.template.spec;
const installer = pod?.initContainers[0];
const watch = pod?.containers[0];

let temporary: string;
beforeEach(() => {
  temporary = fs.mkdtempSync(join(tmpdir(), 'vnet-install-'));
});
afterEach(() => fs.rmSync(temporary, { recursive: true }));

/** Runs the installer's own script, with its folders moved below the temporary one. */
function install(version: string): void {
  const env: Record<string, string> = {};
  for (const { name, value } of installer?.env ?? []) {
    env[name] = join(temporary, value);
    fs.mkdirSync(env[name], { recursive: true });
  }
  for (const name of ['azure-vnet', 'vnet']) fs.writeFileSync(join(env['FROM'] ?? '', name), version);
  fs.writeFileSync(
    join(env['CONF_FROM'] ?? '', '10-azure.conflist'),
    config?.data?.['10-azure.conflist'] ?? '',
  );
  const outcome = execNow([...(installer?.command ?? []), ...(installer?.args ?? [])], { env });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
}

const host = (path: string) => join(temporary, 'host', path);

describe('the Kubernetes manifests', () => {
  it('parse, and are a ConfigMap and a DaemonSet', () => {
    expect(manifests).toEqual(['install.yaml', 'kustomization.yaml']);
    expect([config, daemonSet].map((manifest) => manifest?.kind)).toEqual(['ConfigMap', 'DaemonSet']);
  });

  it('mount only volumes that exist, and all of them', () => {
    const volumes = pod?.volumes.map(({ name }) => name);
    const mounts = [installer, watch].flatMap((container) => container?.volumeMounts ?? []);
    expect([...new Set(mounts.map(({ name }) => name))].toSorted()).toEqual(volumes?.toSorted());
  });

  it("run the installed watch, with the plugins' view of the node", async () => {
    const [program, ...args] = watch?.command ?? [];
    expect(await requestOf(args)).toMatchObject({ kind: 'request', request: { verb: 'watch' } });
    expect([program, pod?.hostNetwork, pod?.hostPID, watch?.securityContext.privileged]).toEqual([
      '/usr/local/bin/vnet',
      true,
      true,
      true,
    ]);
    const places = new Map(pod?.volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
    for (const { name, mountPath } of watch?.volumeMounts ?? []) {
      expect([mountPath, places.get(name)]).toEqual([mountPath, name === 'tmp' ? undefined : mountPath]);
    }
    const netns = watch?.volumeMounts.find(({ mountPath }) => mountPath === '/run/netns');
    expect(netns?.mountPropagation).toBe('HostToContainer');
  });

  it('install one program for plugins and command line: calls are answered from beside the file that is run', () => {
    install('one');
    const files = ['opt/cni/bin/vnet', 'usr/local/bin/vnet', 'usr/local/bin/reconcile'];
    expect(new Set(files.map((path) => fs.statSync(host(path)).ino)).size).toBe(1);
  });

  it('configure what 10-azure.conflist configures', () => {
    const ours: object = JSON.parse(config?.data?.['10-azure.conflist'] ?? '');
    const theirs: object = JSON.parse(fs.readFileSync(join(root, 'examples/10-azure.conflist'), 'utf8'));
    expect(ours).toEqual({ ...theirs, cniVersion: '1.0.0' });
  });

  it('install every name, executable, and leave nothing else', () => {
    install('one');
    expect(fs.readdirSync(host('opt/cni/bin')).toSorted()).toEqual(['azure-vnet', 'azure-vnet-ipam', 'vnet']);
    expect(fs.readdirSync(host('usr/local/bin')).toSorted()).toEqual(['reconcile', 'vnet']);
    expect(fs.readdirSync(host('etc/cni/net.d'))).toEqual(['10-azure.conflist']);
    expect(fs.statSync(host('opt/cni/bin/azure-vnet-ipam')).mode & 0o777).toBe(0o755);
  });

  it('replace by rename: a process that has the old file open keeps it whole', () => {
    install('one');
    const running = fs.openSync(host('opt/cni/bin/azure-vnet-ipam'), 'r');
    install('number two');
    expect(fs.readFileSync(running, 'utf8')).toBe('one');
    fs.closeSync(running);
    for (const path of ['opt/cni/bin/azure-vnet', 'opt/cni/bin/azure-vnet-ipam', 'usr/local/bin/reconcile']) {
      expect(fs.readFileSync(host(path), 'utf8')).toBe('number two');
    }
    expect(fs.readdirSync(host('opt/cni/bin'))).toHaveLength(3);
  });
});
