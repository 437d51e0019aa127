/**
 * deploy/seccomp/vnet.json lets everything here pass: calls, the resident process, rounds with nft, agent and controller, each started under the
 * profile by a small loader. AppArmor is not in every kernel: its profile is loaded where it can be, elsewhere the reason is printed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { execNow, mustExec, type Outcome } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { must } from '../support/must.ts';
import type { Netns } from '../support/netns.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { startWatch } from './live-watch.ts';

const root = join(import.meta.dirname, '../..');
type Profile = { readonly syscalls: readonly { readonly names: readonly string[] }[] };
const profile: Profile = JSON.parse(readFileSync(join(root, 'deploy/seccomp/vnet.json'), 'utf8'));
const names = profile.syscalls.flatMap((rule) => rule.names);

const notLong = isLong ? undefined : 'npm run test:long does it';
const skipped = isSkipped('the seccomp profile', notLong ?? whyWithout('cc'));
isSkipped(
  'the AppArmor profile',
  existsSync('/sys/kernel/security/apparmor/profiles') ? undefined : 'this kernel has no AppArmor',
);

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

describe.skipIf(skipped || !hasLiveNodes)('under the seccomp profile', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-seccomp-'));
  const loader = join(folder, 'under-seccomp');
  let node: LiveNode;
  beforeAll(() => {
    const header = names.map((name) => `#ifdef __NR_${name}\n__NR_${name},\n#endif\n`).join('');
    writeFileSync(join(folder, 'names.h'), header);
    mustExec(['cc', '-O1', '-I', folder, '-o', loader, join(root, 'test/support/under-seccomp.c')]);
    node = makeLiveNode();
  });
  afterAll(() => {
    node.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (verb: string, pod: Netns, env = {}, more = {}): Promise<Outcome> => {
    const conf = { ...LIVE_CONF, ...more };
    const { argv, options } = node.command({ verb, pod, env, conf });
    return node.netns.exec([loader, ...argv], options);
  };
  const vnet = (...args: readonly string[]): Outcome =>
    node.netns.execNow([loader, join(BIN, 'vnet'), ...args], {
      env: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
    });
  const expectDone = (outcome: Outcome): void => expect(outcome).toMatchObject({ code: 0, stderr: '' });

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
      expectDone(added);
      expectDone(await call('CHECK', pod, env, { prevResult: JSON.parse(added.stdout) }));
      const newest = { cniVersion: '1.1.0' };
      expectDone(await call('STATUS', pod, env, newest));
      const kept = [{ containerID: containerOf(pod), ifname: 'eth0' }];
      expectDone(await call('GC', pod, env, { ...newest, 'cni.dev/valid-attachments': kept }));
      expect(reaches(pod, '10.240.0.1')).toBe(true);
      expectDone(await call('DEL', pod, env));
    }
    expect([node.veths(), contradictions(node)]).toEqual([[], []]);
  });

  it('vnet watch serves calls and repairs links, rules and neighbours; vnet reconcile does from nothing', async () => {
    const watch = await startWatch({ ...node, under: [loader] });
    try {
      expect(readFileSync(`/proc/${watch.pid}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m);
      const pods = Array.from({ length: 10 }, () => node.addPod());
      for (const outcome of await Promise.all(pods.map((pod) => call('ADD', pod)))) expectDone(outcome);
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
      for (const pod of pods.slice(1)) expectDone(await call('DEL', pod));
      expect(watch.stderr()).toBe('');
    } finally {
      await watch.end('SIGTERM');
    }
    node.netns.mustExec(['nft', 'delete', 'table', 'bridge', 'vnet']);
    expect(vnet('reconcile', '--dry-run').code).toBe(2);
    expectDone(vnet('reconcile'));
    expect(vnet('reconcile', '--dry-run')).toMatchObject({ code: 0 });
    expect(vnet('doctor').code).toBeLessThanOrEqual(2);
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
