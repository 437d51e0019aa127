import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { type LiveWatch, startWatch } from '../node/live-watch.ts';
import type { Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { encodeCall } from './shim/encode-call.ts';
import { type PlantedShim, plantShim } from './plant-shim.ts';
import { bridged } from '../support/node.ts';
import { BIN, containerOf, LIVE_CONF, type LiveNode, makeLiveNode } from './live-node.ts';

const isBuilt = existsSync(join(BIN, 'azure-vnet'));

describe.skipIf(!hasNamespaces || !isBuilt)('calls beside the resident process', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  const planted: PlantedShim[] = [];
  beforeEach(async () => {
    node = makeLiveNode();
    const pod = node.addPod();
    for (const verb of ['ADD', 'DEL']) await node.call({ verb, pod });
    watch = await start();
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
    for (const shim of planted.splice(0)) shim.remove();
  });

  /** Resolves when it serves calls. */
  const start = async (): Promise<LiveWatch> => {
    rmSync(socketPath(), { force: true });
    const started = await startWatch(node);
    await started.until('waited for its socket', () => existsSync(socketPath()));
    return started;
  };

  const socketPath = (): string => join(node.root, 'run/vnet/calls.sock');

  /** The last process that held the document's lock, recorded in the lock file. */
  const lastWriter = (): number =>
    Number(readFileSync(join(node.root, 'run/vnet/document.lock'), 'utf8').split(' ')[0]);

  const jsonOf = ({ stdout, stderr }: Outcome): { ips: { address: string }[] } => {
    if (!stdout.startsWith('{')) throw new Error(`${stdout}${stderr}`);
    return JSON.parse(stdout);
  };

  it('are answered by it, as they would be without it', async () => {
    const pod = node.addPod();
    const served = await node.call({ verb: 'ADD', pod });
    expect([served.code, served.stderr, lastWriter()]).toEqual([0, '', watch.pid]);
    const direct = await node.call({ verb: 'ADD', pod, env: { VNET_DIRECT: '1' } });
    expect(direct.stdout).toBe(served.stdout);
    expect(reaches(pod, '10.240.0.1')).toBe(true);
    const conf = { ...LIVE_CONF, prevResult: jsonOf(served) };
    expect((await node.call({ verb: 'CHECK', pod, conf })).code).toBe(0);
    expect((await node.call({ verb: 'DEL', pod, conf })).code).toBe(0);
    expect([lastWriter(), node.document()?.endpoints ?? {}, node.veths()]).toEqual([watch.pid, {}, []]);
  });

  it('get the same errors', async () => {
    const pod = node.addPod();
    const env = { CNI_IFNAME: 'a/b' };
    const served = await node.call({ verb: 'ADD', pod, env });
    const direct = await node.call({ verb: 'ADD', pod, env: { ...env, VNET_DIRECT: '1' } });
    expect([served.code, served.stdout]).toEqual([1, direct.stdout]);
  });

  it('are given 50 different addresses, 50 at once', async () => {
    const pods = Array.from({ length: 50 }, () => node.addPod());
    const added = await Promise.all(pods.map((pod) => node.call({ verb: 'ADD', pod })));
    expect(new Set(added.map((outcome) => jsonOf(outcome).ips[0]?.address)).size).toBe(50);
    const gone = await Promise.all(pods.map((pod) => node.call({ verb: 'DEL', pod })));
    expect(gone.map(({ code }) => code)).toEqual(pods.map(() => 0));
    expect(node.document()?.endpoints ?? {}).toEqual({});
  });

  it('start a server when it was killed, and it may be started again', async () => {
    await watch.end('SIGKILL');
    expect(existsSync(socketPath())).toBe(true);
    const pod = node.addPod();
    expect((await node.call({ verb: 'ADD', pod })).code).toBe(0);
    expect(lastWriter()).not.toBe(watch.pid);
    watch = await start();
    expect((await node.call({ verb: 'DEL', pod })).code).toBe(0);
    expect(lastWriter()).toBe(watch.pid);
  });

  it('are done by their own process when it hangs', async () => {
    const shim = plantShim(2);
    planted.push(shim);
    const { file } = shim;
    const pod = node.addPod();
    process.kill(watch.pid, 'SIGSTOP');
    expect((await node.call({ verb: 'ADD', pod, file })).code).toBe(0);
    expect(lastWriter()).not.toBe(watch.pid);
    expect((await node.call({ verb: 'DEL', pod, env: { VNET_DIRECT: '1' } })).code).toBe(0);
    process.kill(watch.pid, 'SIGCONT');
    // An abandoned call does not take effect later: the pod is not attached again.
    const other = node.addPod();
    expect((await node.call({ verb: 'ADD', pod: other })).code).toBe(0);
    expect(lastWriter()).toBe(watch.pid);
    expect(Object.keys(node.document()?.endpoints ?? {})).toEqual([`azure/${containerOf(other)}/eth0`]);
  });

  it('survive its death half-way: the call itself finishes the work', async () => {
    const pods = Array.from({ length: 12 }, () => node.addPod());
    const calls = pods.map((pod) => node.call({ verb: 'ADD', pod }));
    await new Promise((resolve) => setTimeout(resolve, 40));
    await watch.end('SIGKILL');
    const added = await Promise.all(calls);
    expect(added.map(({ code }) => code)).toEqual(pods.map(() => 0));
    expect(new Set(added.map((outcome) => jsonOf(outcome).ips[0]?.address)).size).toBe(12);
    expect(node.reconcile('--dry-run', '--full').code).toBe(0);
  });

  it('are not answered for a namespace that it is not in', async () => {
    const elsewhere = makeLiveNode();
    try {
      const pod = elsewhere.addPod();
      // The same NIC as far as the document knows: otherwise both would have it follow theirs.
      const mac = bridged(node.document()?.networks['azure'])?.uplink.mac ?? '';
      elsewhere.netns.mustExec(['ip', 'link', 'set', 'eth0', 'address', mac]);
      // Both nodes have one document here: the loop would attach the pod to its own node before a slow call does.
      expect(node.vnet('pause').code).toBe(0);
      const call = elsewhere.command({ verb: 'ADD', pod, env: { VNET_ROOT: node.root } });
      expect((await elsewhere.netns.exec(call.argv, call.options)).code).toBe(0);
      expect(lastWriter()).not.toBe(watch.pid);
      expect(elsewhere.veths()).toHaveLength(1);
    } finally {
      elsewhere.remove();
    }
  });

  it('are for root only, and it survives any input', async () => {
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([4, 0, 0, 0, 1, 2, 3, 4]),
      Buffer.alloc(0),
      encodeCall({ words: { format: 2n } }),
      encodeCall({ words: { stdinBytes: 1n << 62n } }),
      encodeCall({ env: { CNI_COMMAND: 'ADD' } }),
      encodeCall({ name: '', stdin: '{' }).subarray(0, -1),
    ];
    for (const bytes of garbage) await send(socketPath(), bytes);
    const pod = node.addPod();
    expect((await node.call({ verb: 'ADD', pod })).code).toBe(0);
    expect(lastWriter()).toBe(watch.pid);
  });
});

/** Resolves when the bytes are sent and the connection is closed. */
function send(path: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.end(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    setTimeout(() => socket.destroy(), 300);
  });
}
