import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startWatch } from '../../node/live-watch.ts';
import { casesOf, countCases } from '../../support/cases.ts';
import { temporaryServer } from '../../support/end-server.ts';
import type { Outcome } from '../../support/exec.ts';
import { longOr } from '../../support/long.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import type { Netns } from '../../support/netns.ts';
import { BIN, contradictions, LIVE_CONF, type LiveNode, makeLiveNode } from '../live-node.ts';
import { plantShim } from '../plant-shim.ts';

const isBuilt = existsSync(join(BIN, 'azure-vnet'));

/** Number of servers killed while calls wait. */
const KILLS = casesOf(longOr(20, 200));

/** Number of concurrent calls. */
const WAITING = longOr(200, 1000);

/** Twice the memory of an engine that has answered hundreds of calls. */
const ENGINE_KB = 150_000;

describe.skipIf(!hasNamespaces || !isBuilt)('a burst of calls without a resident process', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const all = (verb: string, pods: readonly Netns[], env = {}): Promise<readonly Outcome[]> =>
    Promise.all(pods.map((pod) => node.call({ verb, pod, env })));
  const addPods = (count: number): readonly Netns[] => Array.from({ length: count }, () => node.addPod());

  const addressesOf = (outcomes: readonly Outcome[]): readonly (string | undefined)[] =>
    outcomes.map(({ code, stdout, stderr }) => {
      if (code !== 0) throw new Error(`${stdout}${stderr}`);
      const { ips } = JSON.parse(stdout) as { readonly ips: readonly { readonly address: string }[] };
      return ips[0]?.address;
    });

  it('has one server, also on a node without a document, which exits when idle', async () => {
    const pods = addPods(30);
    const env = { VNET_SERVE_SECONDS: '1' };
    const added = await all('ADD', pods, env);
    expect(new Set(addressesOf(added)).size).toBe(30);
    expect(added.map(({ stderr }) => stderr).join('')).toBe('');
    const servers = serversOf(node);
    expect(servers).toEqual([temporaryServer(node.root)]);
    expect((await all('DEL', pods, env)).map(({ code }) => code)).toEqual(pods.map(() => 0));
    expect([node.veths(), node.document()?.endpoints ?? {}]).toEqual([[], {}]);
    await untilGone(node);
    expect(readdirSync(join(node.root, 'run/vnet'))).not.toContain('calls.sock');
    // The next call starts another server.
    expect((await node.call({ verb: 'ADD', pod: pods[0] ?? node.addPod(), env })).code).toBe(0);
    expect(serversOf(node)).not.toEqual(servers);
  });

  it('holds no descriptor that the runtime waits for, and has its own session', async () => {
    await all('ADD', addPods(1));
    const pid = temporaryServer(node.root) ?? 0;
    const [, , , , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    expect([group, session]).toEqual([`${pid}`, `${pid}`]);
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(variables.filter((one) => one.startsWith('CNI_'))).toEqual([]);
    expect(variables).toContain(`VNET_ROOT=${node.root}`);
  });

  it('leaves the place to `vnet watch`, which answers from then on', async () => {
    const pods = addPods(12);
    const calls = all('ADD', pods);
    await delay(30);
    const watch = await startWatch(node);
    try {
      expect(new Set(addressesOf(await calls)).size).toBe(12);
      await untilGone(node);
      expect((await node.call({ verb: 'DEL', pod: pods[0] ?? node.addPod() })).code).toBe(0);
      expect(serversOf(node)).toEqual([]);
      const lock = readFileSync(join(node.root, 'run/vnet/serve.lock'), 'utf8');
      expect(lock).toMatch(new RegExp(`^${watch.pid} vnet watch since `));
    } finally {
      await watch.end('SIGTERM');
    }
    expect((await node.call({ verb: 'ADD', pod: pods[0] ?? node.addPod() })).code).toBe(0);
    expect(serversOf(node)).toHaveLength(1);
  });

  it('finishes its calls before it exits on request', async () => {
    const pods = addPods(12);
    await all('ADD', pods.slice(0, 1));
    const calls = all('ADD', pods);
    await delay(20);
    process.kill(temporaryServer(node.root) ?? 0, 'SIGTERM');
    expect(new Set(addressesOf(await calls)).size).toBe(12);
    expect(contradictions(node)).toEqual([]);
  });

  it('exits despite a silent connection', async () => {
    await all('ADD', addPods(1));
    const pid = temporaryServer(node.root) ?? 0;
    const socket = connect(join(node.root, 'run/vnet/calls.sock'));
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    process.kill(pid, 'SIGTERM');
    await untilGone(node);
    expect((await node.call({ verb: 'ADD', pod: node.addPod() })).code).toBe(0);
  });

  it('leaves when its node is gone', async () => {
    await all('ADD', addPods(1));
    expect(serversOf(node)).toHaveLength(1);
    rmSync(join(node.root, 'run'), { recursive: true });
    while (serversOf(node).length > 0) await delay(50);
  });

  it('answers the calls that came while it was stopped, though its time is over', async () => {
    const pod = node.addPod();
    const env = { VNET_SERVE_SECONDS: '2' };
    expect((await node.call({ verb: 'ADD', pod, env })).code).toBe(0);
    const pid = temporaryServer(node.root) ?? 0;
    process.kill(pid, 'SIGSTOP');
    const conf = { ...LIVE_CONF, cniVersion: '1.1.0' };
    const calls = Array.from({ length: 20 }, () => node.call({ verb: 'STATUS', pod, conf, env }));
    await delay(3_000);
    process.kill(pid, 'SIGCONT');
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(calls.map(() => 0));
    expect(serversOf(node)).toEqual([pid]);
  });

  it(`has ${WAITING} calls wait with one descriptor each, and gives all of them back`, async () => {
    const pod = node.addPod();
    // Starting so many takes long: no call may give up.
    const { file, remove } = plantShim(600);
    onTestFinished(remove);
    expect((await node.call({ verb: 'ADD', pod, file })).code).toBe(0);
    const pid = temporaryServer(node.root) ?? 0;
    const conf = { ...LIVE_CONF, cniVersion: '1.1.0' };
    await node.call({ verb: 'STATUS', pod, conf, file });
    const files = openFiles(pid);
    process.kill(pid, 'SIGSTOP');
    const calls = Array.from({ length: WAITING }, () => node.call({ verb: 'STATUS', pod, conf, file }));
    const path = join(node.root, 'run/vnet/calls.sock');
    while (node.netns.mustExec(['cat', '/proc/net/unix']).stdout.split(path).length - 2 < WAITING)
      await delay(50);
    process.kill(pid, 'SIGCONT');
    expect((await Promise.all(calls)).map(({ code, stdout }) => `${code}${stdout}`)).toEqual(
      calls.map(() => '0'),
    );
    expect(serversOf(node)).toEqual([pid]);
    while (openFiles(pid) > files + 8) await delay(50);
    // The engine, which compiles the code of so many calls, plus far more than each waiting call needs.
    expect(residentKb(pid)).toBeLessThan(ENGINE_KB + WAITING * 100);
  });

  it(`answers each call once though the server is killed at ${KILLS} instants`, async () => {
    const pods = addPods(10);
    await all('ADD', pods);
    let kills = 0;
    for (let verb = 'DEL'; kills < KILLS; verb = verb === 'DEL' ? 'ADD' : 'DEL') {
      const calls = all(verb, pods);
      await delay(Math.random() * 60);
      const pid = temporaryServer(node.root);
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        kills += 1;
      }
      const outcomes = await calls;
      expect(outcomes.map(({ code, stdout }) => (code === 0 ? '' : stdout)).join('')).toBe('');
      if (verb === 'ADD') expect(new Set(addressesOf(outcomes)).size).toBe(10);
      expect(contradictions(node)).toEqual([]);
      expect(serversOf(node).length).toBeLessThanOrEqual(1);
    }
    countCases(kills);
    expect(node.reconcile('--dry-run').code).toBe(0);
  });
});

/** Returns the temporary servers of the node. */
function serversOf({ root }: LiveNode): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const isServer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('serve');
      return (
        isServer && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`VNET_ROOT=${root}`)
      );
    } catch {
      return false;
    }
  });
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function untilGone(node: LiveNode): Promise<void> {
  while (serversOf(node).length > 0) await delay(20);
}
