/** Floods from an allowed and from a denied pod, while the table of policies changes and while what changes it is killed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longOr } from '../../support/long.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';

const UPDATES = longOr(100, 400);
const KILLS = longOr(6, 125);
const [ALLOWED, TARGET, DENIED] = ['10.240.1.1', '10.240.1.2', '10.240.1.3'];

const COUNTERS = `table inet count {
  chain out { type filter hook output priority 0; udp dport 80 counter; }
  chain in { type filter hook input priority 0; ip saddr ${ALLOWED} udp dport 80 counter; ip saddr ${DENIED} udp dport 80 counter; }
}`;

/** A sender that is not waited for: packets as fast as one process sends them. */
const FLOOD = `const s = require('dgram').createSocket('udp4');
const next = () => { for (let n = 0; n < 20; n += 1) s.send('x', 80, '${TARGET}'); setTimeout(next, 2); };
s.bind(() => next());`;

describe.skipIf(!hasNamespaces)('a flood', () => {
  let node: Netns;
  const pods = new Map<string, Netns>();
  const pod = (address: string): Netns => pods.get(address) ?? unmade();

  beforeAll(() => {
    node = makeNetns(uniqueName('flood'));
    node.mustExec(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    for (const [index, address] of [ALLOWED, TARGET, DENIED].entries()) {
      const made = makeNetns(uniqueName('floodpod'));
      pods.set(address, made);
      const veth = `v${index}`;
      node.mustExec(['ip', 'link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', made.name]);
      node.mustExec([
        'sh',
        '-c',
        `ip link set ${veth} up; ip addr add 169.254.1.1/32 dev ${veth}; ip route add ${address} dev ${veth}`,
      ]);
      made.mustExec([
        'sh',
        '-c',
        `ip link set eth0 up; ip addr add ${address}/32 dev eth0; ip route add 169.254.1.1 dev eth0; ip route add default via 169.254.1.1`,
      ]);
      made.mustExec(['nft', '-f', '-'], { input: COUNTERS });
    }
  });
  afterAll(() => {
    for (const made of [node, ...pods.values()]) made.remove();
  });

  const update = (...more: readonly string[]): ReturnType<typeof spawn> => {
    const script = join(import.meta.dirname, 'update-process.ts');
    const argv = [
      `--net=${node.path}`,
      '--',
      process.execPath,
      '--import',
      'tsx',
      script,
      String(UPDATES),
      ALLOWED,
      TARGET,
      DENIED,
      ...more,
    ];
    return spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const lineOf = async (child: ReturnType<typeof spawn>, wanted: string): Promise<void> => {
    if (child.stdout === null) throw new Error('no output');
    for await (const line of createInterface(child.stdout)) if (line.startsWith(wanted)) return;
    throw new Error(`the process ended before ${wanted}`);
  };
  const ended = (child: ReturnType<typeof spawn>): Promise<unknown> =>
    new Promise((resolve) => void child.on('exit', resolve));
  const flood = (from: string): (() => Promise<void>) => {
    const child = spawn('nsenter', [`--net=${pod(from).path}`, '--', process.execPath, '-e', FLOOD], {
      stdio: 'ignore',
    });
    const end = ended(child);
    return async () => {
      child.kill('SIGKILL');
      await end;
    };
  };
  /** Packets sent by the pod, and received from it by the target. */
  const counts = (from: string): { readonly sent: number; readonly received: number } => {
    const read = (netns: Netns, rule: RegExp): number => {
      const text = netns.mustExec(['nft', 'list', 'table', 'inet', 'count']).stdout;
      return Number(rule.exec(text)?.[1] ?? Number.NaN);
    };
    return {
      sent: read(pod(from), /chain out[^}]*udp dport 80 counter packets (\d+)/),
      received: read(pod(TARGET), new RegExp(`ip saddr ${from} udp dport 80 counter packets (\\d+)`)),
    };
  };

  it('is let through whole or not at all, during all updates', async () => {
    const first = update('on');
    await lineOf(first, 'ready');
    first.kill('SIGKILL');
    await ended(first);
    const stops = [flood(ALLOWED), flood(DENIED)];
    await lineOf(update(), 'done');
    for (const stop of stops) await stop();
    const [allowed, denied] = [counts(ALLOWED), counts(DENIED)];
    console.log(
      `${UPDATES} updates: allowed ${allowed.received} of ${allowed.sent}, denied ${denied.received} of ${denied.sent}`,
    );
    expect(allowed.sent).toBeGreaterThan(500);
    expect(denied.sent).toBeGreaterThan(500);
    expect([allowed.received, denied.received]).toEqual([allowed.sent, 0]);
  });

  it('finds nothing open when what changes the table is killed', async () => {
    const stop = flood(DENIED);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = update('on');
      await lineOf(child, 'ready');
      await new Promise((resolve) => void setTimeout(resolve, (kill * 7) % 60));
      child.kill('SIGKILL');
      await ended(child);
    }
    await stop();
    const { sent, received } = counts(DENIED);
    console.log(`${KILLS} kills: denied ${received} of ${sent}`);
    expect(sent).toBeGreaterThan(1000);
    expect(received).toBe(0);
  });
});

function unmade(): never {
  throw new Error('no such pod');
}
