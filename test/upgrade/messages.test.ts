import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveWatch, startWatch } from '../node/live-watch.ts';
import {
  BIN,
  containerOf,
  LIVE_CONF,
  type LiveNode,
  makeLiveNode,
  hasLiveNodes,
} from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { converse, type Listener, listenAt } from './converse.ts';
import { asSeen, askAsOldShim, encodeOldCall, type OldAnswer, readOldCall } from './old-shim.ts';
import { BUILDS, readFixture } from './restore.ts';

const PROGRAM = join(BIN, 'vnet');
const CALLS = ['call-add', 'call-check', 'call-del-ipam', 'call-version'];

describe.each(BUILDS)('messages of the shim of build %s', (build) => {
  it.each(CALLS)('is known to the last byte: %s', (name) => {
    const recorded = readFixture(build, `messages/${name}.hex`).trim();
    expect(encodeOldCall(readOldCall(build, name)).toString('hex')).toBe(recorded);
  });
});

describe.skipIf(!hasLiveNodes).each(BUILDS)('executables of build %s and ours', (build) => {
  let node: LiveNode;
  let watch: LiveWatch | undefined;
  let listener: Listener | undefined;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(async () => {
    await watch?.end('SIGKILL');
    await listener?.close();
    [watch, listener] = [undefined, undefined];
    node.remove();
  });

  const socket = (name: string): string => join(node.root, 'run/vnet', name);
  const serve = async (): Promise<void> => {
    await node.call({ verb: 'ADD', pod: node.addPod() });
    watch = await startWatch(node);
    await watch.until('waited for its sockets', () =>
      ['calls.sock', 'round.sock'].every((name) => existsSync(socket(name))),
    );
  };

  /** The end of a call of the old shim: answered by our server, or by our program, which the old shim becomes. */
  const callAsOldShim = async (verb: string, pod: Netns): Promise<OldAnswer> => {
    const { argv, options } = node.command({ verb, pod });
    const env = Object.fromEntries(
      Object.entries(options.env ?? {}).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    );
    const sight = { program: PROGRAM, netns: node.netns.path, pod: pod.path };
    const call = asSeen(readOldCall(build, 'call-add'), sight, { env, stdin: JSON.stringify(LIVE_CONF) });
    const answer = await askAsOldShim(socket('calls.sock'), call);
    if (answer !== 'refused') return answer;
    const direct = { ...options, env: { ...options.env, VNET_DIRECT: '1' } };
    const { code, stdout, stderr } = await node.netns.exec(argv, direct);
    return { exitCode: code, stdout, stderr };
  };

  it('an old shim has its ADD and its DEL done while a new server serves', async () => {
    await serve();
    const pod = node.addPod();
    const added = await callAsOldShim('ADD', pod);
    expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"10.240.0.37/16"') });
    expect(node.document()?.endpoints).toHaveProperty([`azure/${containerOf(pod)}/eth0`]);
    expect(await callAsOldShim('DEL', pod)).toMatchObject({ exitCode: 0, stdout: '' });
    expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(1);
  });

  it('an old shim beside another program is refused, and nothing is done', async () => {
    await serve();
    const sight = { program: '/bin/sh', netns: node.netns.path };
    const call = asSeen(readOldCall(build, 'call-add'), sight, { env: { VNET_ROOT: node.root } });
    expect(await askAsOldShim(socket('calls.sock'), call)).toBe('refused');
    expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(1);
  });

  it('a new resident server refuses an old one that wants to replace it', async () => {
    await serve();
    const leave = Buffer.from(readFixture(build, 'messages/leave.hex').trim(), 'hex');
    expect((await converse(socket('calls.sock'), leave)).toString('hex')).toBe('00');
    expect((await node.call({ verb: 'ADD', pod: node.addPod() })).code).toBe(0);
  });

  it('a new shim gets its calls done with any answer of an old server', async () => {
    const recorded = (name: string): Buffer =>
      Buffer.from(readFixture(build, `messages/${name}.hex`).trim(), 'hex');
    const [format] = readOldCall(build, 'call-version').words;
    const answer = recorded('answer-version');
    // As the old server: it accepts calls in its own format from callers with its program, and refuses all others.
    listener = await listenAt(socket('calls.sock'), (connection, said) => {
      const isKnown = said.readBigUInt64LE(0) === format && said.includes('CNI_COMMAND=VERSION\0');
      if (!isKnown) connection.end(recorded('answer-other-format'));
      else {
        connection.write(answer.subarray(0, 1));
        connection.once('data', () => connection.end(answer.subarray(1)));
      }
    });
    const pod = node.addPod();
    const version = await node.call({ verb: 'VERSION', pod });
    expect([version.code, JSON.parse(version.stdout)]).toEqual([
      0,
      expect.objectContaining({ supportedVersions: expect.arrayContaining(['1.0.0', '1.1.0']) }),
    ]);
    const added = await node.call({ verb: 'ADD', pod });
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining('"10.240.0.36/16"')]);
    expect((await node.call({ verb: 'DEL', pod })).code).toBe(0);
    expect(listener.heard).toHaveLength(3);
  });

  it('an old `vnet reconcile` is answered by a new loop, or told to read everything itself', async () => {
    await serve();
    const recorded = JSON.parse(readFixture(build, 'messages/inquiry.json')) as { args: readonly string[] };
    const identity = (path: string) => {
      const { ino: inode, dev: device } = statSync(path);
      return { inode, device };
    };
    const asked = {
      ...recorded,
      environment: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
      program: identity(PROGRAM),
      netns: identity(node.netns.path),
    };
    const line = String(await converse(socket('round.sock'), Buffer.from(`${JSON.stringify(asked)}\n`)));
    const reply = JSON.parse(line) as { refused?: string; exitCode?: number; stdout?: string };
    const alone = node.reconcile(...recorded.args.slice(1), '--full');
    if (typeof reply.refused !== 'string') {
      expect([reply.exitCode, reply.stdout]).toEqual([alone.code, alone.stdout]);
    }
    expect([line.endsWith('\n'), alone.code]).toEqual([true, 0]);
  });

  it.each(['reply-other-format', 'reply-other-program'])(
    'a new `vnet reconcile` finds out by itself when an old loop says %s',
    async (name) => {
      await node.call({ verb: 'ADD', pod: node.addPod() });
      const reply = readFixture(build, `messages/${name}.json`);
      listener = await listenAt(socket('round.sock'), (connection) => connection.end(reply));
      const asked = await node.netns.exec([PROGRAM, 'reconcile', '--dry-run', '-o', 'json'], {
        env: { VNET_ROOT: node.root, VNET_NODE: 'node-1' },
      });
      expect(listener.heard).toHaveLength(1);
      const alone = node.reconcile('--dry-run', '-o', 'json', '--full');
      expect([asked.code, asked.stdout]).toEqual([0, alone.stdout]);
    },
  );
});
