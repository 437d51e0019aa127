/**
 * deploy/seccomp/vnet.json lets everything here pass: calls, the resident process, rounds with nft, takeover and release, import, policies, agent and
 * controller, each started under the profile by a small loader. AppArmor is not in every kernel: its profile is parsed, and what it names is there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAzureNode, POOL_FILE, SAMPLE_MAC, STATE_FILE } from '../azure/azure-node.ts';
import { NODES } from '../../reconciler/cluster/api/resources.ts';
import { openWay } from '../cluster/api-way.ts';
import { conditionsOf, statusOf } from '../cluster/fake/vnet-cluster.ts';
import { kubeconfigOf, LAB_SERVERS } from '../cluster/lab-server.ts';
import { reaches } from '../lab/ping.ts';
import {
  LIVE_CONF,
  containerOf,
  BIN,
  contradictions,
  hasLiveNodes,
  type LiveNode,
  makeLiveNode,
} from '../plugin/live-node.ts';
import { endServer } from '../support/end-server.ts';
import { type ExecOptions, execNow, mustExec, type Outcome } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { must } from '../support/must.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { startWatch } from './live-watch.ts';
import { addressOf } from './mode-nodes.ts';
import { makePolicyNode, type PolicyTestPod, WEB_TO_DB } from './policy/policy-node.ts';

const root = join(import.meta.dirname, '../..');
type Profile = { readonly syscalls: readonly { readonly names: readonly string[] }[] };
const profile: Profile = JSON.parse(readFileSync(join(root, 'deploy/seccomp/vnet.json'), 'utf8'));
const names = profile.syscalls.flatMap((rule) => rule.names);

const notLong = isLong ? undefined : 'npm run test:long does it';
const skipped = isSkipped('the seccomp profile', notLong ?? whyWithout('cc'));
const unparsed = isSkipped('the AppArmor profile', whyWithout('apparmor_parser'));

/** The folder of the loader, made once. */
const folder = mkdtempSync(join(tmpdir(), 'vnet-seccomp-'));
const loader = join(folder, 'under-seccomp');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ensureLoader(): void {
  if (existsSync(loader)) return;
  const header = names.map((name) => `#ifdef __NR_${name}\n__NR_${name},\n#endif\n`).join('');
  writeFileSync(join(folder, 'names.h'), header);
  mustExec(['cc', '-O1', '-I', folder, '-o', loader, join(root, 'test/support/under-seccomp.c')]);
}

describe('the AppArmor profile', () => {
  const path = join(root, 'deploy/apparmor/usr.local.bin.vnet');

  it.skipIf(unparsed)('is accepted by the parser, which refuses one with a misspelt capability', () => {
    const parsed = execNow(['apparmor_parser', '--skip-kernel-load', '--skip-cache', '--debug', path]);
    expect(parsed).toMatchObject({ code: 0 });
    expect(parsed.stderr).not.toMatch(/warning|error/i);
    const copy = join(folder, 'broken');
    writeFileSync(copy, readFileSync(path, 'utf8').replace('capability net_admin,', 'capability net_admn,'));
    expect(execNow(['apparmor_parser', '--skip-kernel-load', '--skip-cache', copy]).code).not.toBe(0);
  });

  it('has the capabilities of the unit, and that of probes', () => {
    const unit = readFileSync(join(root, 'examples/systemd/vnet-watch.service'), 'utf8');
    const [, bounding = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(unit) ?? [];
    const granted = [...readFileSync(path, 'utf8').matchAll(/^ *capability (\w+),$/gm)].map(
      ([, name = '']) => name,
    );
    const named = bounding.split(' ').map((name) => name.replace('CAP_', '').toLowerCase());
    expect(granted.toSorted()).toEqual([...named, 'net_raw'].toSorted());
  });
});

it('the seccomp profile allows what the units allow, and no mount, module, reboot or tracing', () => {
  expect(names).toEqual([...new Set(names)].toSorted());
  for (const name of [
    'mount',
    'pivot_root',
    'init_module',
    'reboot',
    'ptrace',
    'bpf',
    'kexec_load',
    'swapon',
  ])
    expect([name, names.includes(name)]).toEqual([name, false]);
  const unit = readFileSync(join(root, 'examples/systemd/vnet-watch.service'), 'utf8');
  expect(/^SystemCallFilter=(.*)$/m.exec(unit)?.[1]).toBe('@system-service');
  const listed = execNow(['systemd-analyze', 'syscall-filter', '@system-service']);
  // Other versions of systemd list a few calls more or less.
  if (listed.code === 0 && execNow(['systemctl', '--version']).stdout.startsWith('systemd 252 '))
    expect(namesOf('@system-service')).toEqual(names);
});

/** The calls of a set of systemd, with those of the sets in it. */
function namesOf(set: string): readonly string[] {
  const lines = mustExec(['systemd-analyze', 'syscall-filter', set]).stdout.split('\n').slice(1);
  const words = lines.map((line) => line.trim()).filter((word) => word !== '' && !word.startsWith('#'));
  return [...new Set(words.flatMap((word) => (word.startsWith('@') ? namesOf(word) : [word])))].toSorted();
}

describe.skipIf(skipped || !hasLiveNodes)('under the seccomp profile', () => {
  let node: LiveNode;
  beforeAll(() => {
    ensureLoader();
    node = makeLiveNode();
  });
  afterAll(() => node.remove());

  const call = (verb: string, pod: Netns, env = {}, more = {}): Promise<Outcome> => {
    const conf = { ...LIVE_CONF, ...more };
    const { argv, options } = node.command({ verb, pod, env, conf });
    return node.netns.exec([loader, ...argv], options);
  };
  const vnet = (...args: readonly string[]): Outcome =>
    node.netns.execNow([loader, join(BIN, 'vnet'), ...args], {
      env: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
    });

  it('a call outside the profile is refused', () => {
    expect(node.netns.execNow([loader, 'mount', '-t', 'tmpfs', 'tmpfs', folder]).code).not.toBe(0);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder);
    expect(node.netns.execNow([loader, 'grep', 'Seccomp:', '/proc/self/status']).stdout).toMatch(/\t2$/m);
  });

  it('calls by their own process and by a temporary server: ADD, CHECK, STATUS, GC, DEL', async () => {
    const pods = [node.addPod(), node.addPod()];
    for (const [index, env] of [{ VNET_DIRECT: '1' }, {}].entries()) {
      const pod = pods[index] ?? node.addPod();
      const added = await call('ADD', pod, env);
      expectNoError(added);
      expectNoError(await call('CHECK', pod, env, { prevResult: JSON.parse(added.stdout) }));
      const newest = { cniVersion: '1.1.0' };
      expectNoError(await call('STATUS', pod, env, newest));
      const kept = [{ containerID: containerOf(pod), ifname: 'eth0' }];
      expectNoError(await call('GC', pod, env, { ...newest, 'cni.dev/valid-attachments': kept }));
      expect(reaches(pod, '10.240.0.1')).toBe(true);
      expectNoError(await call('DEL', pod, env));
    }
    expect([node.veths(), contradictions(node)]).toEqual([[], []]);
  });

  it('vnet watch serves calls and repairs links, rules and neighbours; vnet reconcile does from nothing', async () => {
    const pods = Array.from({ length: 10 }, () => node.addPod());
    const watch = await startWatch({ ...node, under: [loader] });
    try {
      expect(readFileSync(`/proc/${watch.pid}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m);
      for (const outcome of await Promise.all(pods.map((pod) => call('ADD', pod)))) expectNoError(outcome);
      const repaired = (): number => watch.events.filter(({ type }) => type === 'Repaired').length;
      for (const drift of [
        'nft delete table bridge vnet',
        `ip link set ${node.veths()[0]} down`,
        'ip neigh flush nud permanent dev azure0',
      ]) {
        const before = repaired();
        node.netns.mustExec(drift.split(' '));
        await watch.until(`repaired: ${drift}`, () => repaired() > before);
      }
      for (const pod of pods.slice(1)) expectNoError(await call('DEL', pod));
      expect(watch.stderr()).toBe('');
    } finally {
      await watch.end('SIGTERM');
    }
    node.netns.mustExec(['nft', 'delete', 'table', 'bridge', 'vnet']);
    expect(vnet('reconcile', '--dry-run').code).toBe(2);
    expectNoError(vnet('reconcile'));
    expect(vnet('reconcile', '--dry-run')).toMatchObject({ code: 0 });
    expect(vnet('doctor').code).toBeLessThanOrEqual(2);
    for (const pod of pods.slice(0, 1)) expectNoError(await call('DEL', pod));
  });

  it('vnet release restores the uplink that the first ADD took over', async () => {
    const carrier = (): string => {
      const { stdout } = node.netns.mustExec(['ip', '-o', '-4', 'addr', 'show', 'to', '10.240.0.0/16']);
      return stdout.split(/\s+/)[1] ?? '';
    };
    expect(carrier()).toBe('azure0');
    expectNoError(vnet('release', 'azure'));
    expect([carrier(), reaches(node.netns, '10.240.0.1')]).toEqual(['eth0', true]);
  });

  it('vnet agent and vnet controller bring a revision to the node', async () => {
    const server = await LAB_SERVERS[0].open();
    const close = await openWay(node.netns, server.port);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(server.accessOf('admin')));
    must(await server.admin.create(NODES, { metadata: { name: 'node-1' } }));
    const env = { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const start = (...words: readonly string[]) =>
      spawn(
        'nsenter',
        [`--net=${node.netns.path}`, '--', loader, join(BIN, 'vnet'), ...words, '--kubeconfig', kubeconfig],
        { env, stdio: 'ignore' },
      );
    const running = [start('agent', '--node', 'node-1'), start('controller', '--identity', 'c-1')];
    try {
      const confirmed = async (): Promise<boolean> => {
        try {
          return conditionsOf(await statusOf(server.admin, 'node-1'))['Ready'] === 'True Converged';
        } catch {
          return false;
        }
      };
      while (!(await confirmed())) await new Promise((resolve) => void setTimeout(resolve, 100));
      expect(running.map(({ exitCode }) => exitCode)).toEqual([null, null]);
    } finally {
      for (const child of running) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await close();
      await server.close();
    }
  });
});

describe.skipIf(skipped || !hasLiveNodes)('other nodes under the seccomp profile', () => {
  beforeAll(ensureLoader);

  it.skipIf(isSkipped('vnet import under the seccomp profile', whyWithout('ebtables')))(
    'vnet import takes a node of Azure CNI over',
    () => {
      const azure = makeAzureNode({ uplinkMac: SAMPLE_MAC });
      const state = mkdtempSync(join(folder, 'import-'));
      const vnet = (...args: readonly string[]): Outcome =>
        azure.netns.execNow([loader, join(BIN, 'vnet'), ...args], {
          env: { VNET_ROOT: state, VNET_NODE: 'aks' },
        });
      try {
        const files = ['--from', STATE_FILE, POOL_FILE];
        expect(vnet('import', ...files, '--dry-run')).toMatchObject({ code: 2, stderr: '' });
        expect(vnet('import', ...files, '--yes')).toMatchObject({ code: 0, stderr: '' });
        expect([azure.rules(), vnet('reconcile', '--dry-run').code]).toEqual([[], 0]);
        const [first] = azure.pods;
        expect(first !== undefined && reaches(first.netns, '10.240.0.1')).toBe(true);
      } finally {
        endServer(state);
        azure.remove();
      }
    },
  );

  it('policies hold from the ADD on, and are repaired', () => {
    const node = makePolicyNode('transparent', WEB_TO_DB);
    const run = (argv: readonly string[], options: ExecOptions): Outcome =>
      node.netns.execNow([loader, ...argv], options);
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const vnet = (...args: readonly string[]): Outcome => run([join(BIN, 'vnet'), ...args], { env });
    const made: PolicyTestPod[] = [];
    const add = (name: string): PolicyTestPod => {
      const netns = makeNetns(uniqueName('polpod'));
      const pod: PolicyTestPod = { namespace: 'shop', name, netns, container: netns.name };
      made.push(pod);
      const more = { args: { cni: { labels: [{ key: 'app', value: name }] } } };
      const { argv, ...options } = node.command('ADD', pod, more);
      expectNoError(run(argv, options));
      return pod;
    };
    try {
      const [db, web] = [add('db'), add('web')];
      const address = addressOf(db.netns);
      const isolated = (): string =>
        node.netns.execNow(['nft', 'list', 'map', 'inet', 'vnet_policy', 'pod_in4']).stdout;
      expect(isolated()).toContain(address);
      expect(isolated()).not.toContain(addressOf(web.netns));
      expect(web.netns.execNow(['ping', '-c1', '-W1', address]).code).not.toBe(0);
      node.netns.mustExec(['nft', 'delete', 'table', 'inet', 'vnet_policy']);
      expectNoError(vnet('reconcile'));
      expect(isolated()).toContain(address);
      expect(vnet('policy', 'explain', 'shop/web', 'shop/db', '80').code).toBe(0);
      for (const pod of made) {
        const { argv, ...options } = node.command('DEL', pod);
        expectNoError(run(argv, options));
      }
    } finally {
      for (const { netns } of made) netns.remove();
      node.remove();
    }
  });
});

function expectNoError(outcome: Outcome): void {
  expect([outcome.code, outcome.stdout, outcome.stderr]).toEqual([0, outcome.stdout, '']);
}
