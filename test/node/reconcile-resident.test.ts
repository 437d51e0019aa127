import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INQUIRY_FORMAT, type Inquiry, type Reply } from '../../reconciler/daemon/inquiry.ts';
import { BIN, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

describe.skipIf(!hasLiveNodes)('vnet reconcile beside vnet watch', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  let pods: readonly Netns[];
  beforeEach(async () => {
    node = makeLiveNode();
    pods = [node.addPod(), node.addPod(), node.addPod()];
    for (const pod of pods) await node.call({ verb: 'ADD', pod });
    watch = await startWatch(node);
    await watch.until('waited for its socket', () => existsSync(socketPath()));
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const socketPath = (): string => join(node.root, 'run/vnet/round.sock');

  const inquiry = (args: readonly string[], more: Partial<Inquiry> = {}): Inquiry => {
    const [program, netns] = [join(BIN, 'vnet'), node.netns.path].map((path) => statSync(path));
    return {
      format: INQUIRY_FORMAT,
      args,
      environment: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
      hostname: 'somebody',
      program: program && { inode: program.ino, device: program.dev },
      netns: netns && { inode: netns.ino, device: netns.dev },
      ...more,
    };
  };

  /** Resolves to the reply of the resident process. */
  const ask = (asked: unknown): Promise<Reply> =>
    new Promise((resolve, reject) => {
      let said = '';
      const socket = connect(socketPath(), () => socket.write(`${JSON.stringify(asked)}\n`));
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => void (said += chunk));
      socket.on('end', () => resolve(JSON.parse(said) as Reply));
      socket.on('error', reject);
    });

  /**
   * Ensures that the resident's answer and that of a separate read are equal, byte for byte; resolves to it.
   */
  const both = async (...args: readonly string[]): Promise<{ code: number; stdout: string }> => {
    const { code, stdout, stderr } = node.reconcile(...args);
    const alone = node.reconcile(...args, '--full');
    expect({ code, stdout, stderr }).toEqual({
      code: alone.code,
      stdout: alone.stdout,
      stderr: alone.stderr,
    });
    expect(await ask(inquiry(['reconcile', ...args]))).toEqual({ exitCode: code, stdout, stderr });
    return { code, stdout };
  };

  const FORMATS = [[], ['-o', 'json'], ['-o', 'yaml']] as const;

  it('is answered by it if there is nothing to do, with the same output as alone', async () => {
    for (const format of FORMATS) {
      expect((await both('--dry-run', ...format)).code).toBe(0);
      expect((await both(...format)).code).toBe(0);
    }
    const late = node.addPod();
    await node.call({ verb: 'ADD', pod: late });
    expect((await both('--dry-run')).code).toBe(0);
    await node.call({ verb: 'DEL', pod: late });
    expect((await both('--dry-run')).code).toBe(0);
  });

  it('shows the same drift as alone, on the node and in a pod', async () => {
    expect(node.netns.execNow([join(BIN, 'vnet'), 'pause', '--for', '1h'], pausing()).code).toBe(0);
    node.netns.mustExec(['ip', 'neigh', 'del', '10.240.0.36', 'dev', 'azure0']);
    node.netns.mustExec(['ip', 'link', 'set', node.veths()[1] ?? '', 'nomaster']);
    pods[2]?.mustExec(['ip', 'route', 'del', 'default']);
    for (const override of [[], ['--override']]) {
      for (const format of FORMATS) {
        const { stdout } = await both('--dry-run', ...format, ...override);
        expect(stdout).toContain('neighbour 10.240.0.36');
        expect(stdout).toContain('route default netns');
      }
    }
  });

  const pausing = (): { env: Record<string, string> } => ({
    env: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
  });

  it('runs the round itself if there is anything to do', async () => {
    expect(node.netns.execNow([join(BIN, 'vnet'), 'pause', '--for', '1h'], pausing()).code).toBe(0);
    node.netns.mustExec(['ip', 'neigh', 'del', '10.240.0.36', 'dev', 'azure0']);
    expect(await ask(inquiry(['reconcile', '--override']))).toEqual({ refused: 'there are steps to apply' });
    expect(node.reconcile('--override').stdout).toContain('(1 object changed)');
    expect(node.reconcile('--dry-run', '--full').code).toBe(0);
  });

  const foreignPorts: readonly (readonly [string, Partial<Inquiry>, string])[] = [
    ['another build', { program: { inode: 1, device: 1 } }, 'another build'],
    ['another network namespace', { netns: { inode: 1, device: 1 } }, 'another network namespace'],
    ['another name', { environment: { VNET_NODE: 'node-2' } }, 'another node'],
    ['other paths', { environment: { VNET_NODE: 'node-1', VNET_ROOT: '/elsewhere' } }, 'other paths'],
    ['another verb', { args: ['release'] }, 'not served here'],
    ['one with --full', { args: ['reconcile', '--full'] }, 'not served here'],
  ];
  it.each(foreignPorts)('is refused to %s', async (_, more, refused) => {
    expect(await ask(inquiry(['reconcile', '--dry-run'], more))).toEqual({ refused });
  });

  it('is for root only, and answers an invalid inquiry with an error', async () => {
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    expect(await ask({ format: 'vnet.inquiry/0' })).toEqual({ refused: 'invalid request' });
  });

  it('reads everything itself when the resident process hangs, or has died', async () => {
    const expected = node.reconcile('--dry-run', '--full').stdout;
    process.kill(watch.pid, 'SIGSTOP');
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0, stdout: expected });
    process.kill(watch.pid, 'SIGCONT');
    await watch.end('SIGKILL');
    expect(existsSync(socketPath())).toBe(true);
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0, stdout: expected });
  });
});
