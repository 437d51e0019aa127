/**
 * Records the messages between executables of one build: from the shim to a server, from `vnet reconcile` to
 * `vnet watch`, and back.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeAnswer, encodeLeave } from '../../../plugin/serve/call-message.ts';
import { exec } from '../../support/exec.ts';
import { converse, GO_BYTE, listenAt } from '../converse.ts';
import { CONF, callEnvironment, RECORDED_ROOT } from './stage.ts';

/** Runs an executable in a separate network namespace. */
const ALONE = ['unshare', '--net', '--'];

const SOCKETS = {
  calls: join(RECORDED_ROOT, 'run/vnet/calls.sock'),
  rounds: join(RECORDED_ROOT, 'run/vnet/round.sock'),
};

/** The words of a call that differ between machines: devices and inodes. Units: bytes. */
const IDENTITIES = { from: 8, to: 56 };

const SURROUNDINGS = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  VNET_ROOT: RECORDED_ROOT,
  VNET_NODE: 'node-1',
};

type Environment = Readonly<Record<string, string | undefined>>;

function exactly(env: Environment): Environment {
  return {
    ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
    ...SURROUNDINGS,
    ...env,
  };
}

/** Writes all messages into files of this folder. */
export async function recordMessages(bin: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const keep = (name: string, text: string): void => writeFileSync(join(folder, name), `${text}\n`);
  const conf = { ...CONF, ipam: { ...CONF.ipam } };
  const ipam = { cniVersion: '1.0.0', name: 'storage', type: 'bridge', ipam: { type: 'azure-vnet-ipam' } };
  keep('call-add.hex', hexOf(await askedBy(bin, 'azure-vnet', { verb: 'ADD', conf })));
  keep('call-check.hex', hexOf(await askedBy(bin, 'azure-vnet', { verb: 'CHECK', conf })));
  keep('call-del-ipam.hex', hexOf(await askedBy(bin, 'azure-vnet-ipam', { verb: 'DEL', conf: ipam })));
  const version = await askedBy(bin, 'azure-vnet', { verb: 'VERSION', conf: { cniVersion: '1.0.0' } });
  keep('call-version.hex', hexOf(version));
  keep('leave.hex', Buffer.from(encodeLeave()).toString('hex'));
  const inquiry = await inquiryOf(bin);
  keep(
    'inquiry.json',
    inquiry.replace(/"(inode|device)":\d+/g, '"$1":1').replace(/"hostname":"[^"]*"/, '"hostname":"node-1"'),
  );
  for (const [name, said] of Object.entries(await answersOf(bin, version, inquiry))) keep(name, said);
  rmSync(RECORDED_ROOT, { recursive: true, force: true });
}

function hexOf(call: Buffer): string {
  const stable = Buffer.from(call);
  for (let at = IDENTITIES.from; at < IDENTITIES.to; at += 8) stable.writeBigUInt64LE(BigInt(at / 8), at);
  return stable.toString('hex');
}

/** Resolves to the bytes of the shim's call. */
async function askedBy(
  bin: string,
  program: string,
  { verb, conf }: { readonly verb: string; readonly conf: object },
): Promise<Buffer> {
  const answer = encodeAnswer({ exitCode: 0, stdout: '{}', stderr: '' });
  const listener = await listenAt(SOCKETS.calls, (socket) => {
    socket.write(Uint8Array.of(1));
    socket.once('data', () => socket.end(answer));
  });
  const env = exactly({ ...callEnvironment(verb, 0), CNI_NETNS: '/run/netns/pod-0' });
  const done = await exec([...ALONE, join(bin, program)], { env, input: JSON.stringify(conf) });
  await listener.close();
  const [call] = listener.heard;
  if (call === undefined || done.stdout !== '{}')
    throw new Error(`no server was called: ${done.stdout}${done.stderr}`);
  return call;
}

/** Resolves to the line of `vnet reconcile`'s inquiry. */
async function inquiryOf(bin: string): Promise<string> {
  const reply = `${JSON.stringify({ exitCode: 0, stdout: 'as answered\n', stderr: '' })}\n`;
  const listener = await listenAt(SOCKETS.rounds, (socket) => socket.end(reply));
  const done = await exec([...ALONE, join(bin, 'vnet'), 'reconcile', '--dry-run', '-o', 'json'], {
    env: exactly({}),
  });
  await listener.close();
  if (done.stdout !== 'as answered\n') throw new Error(`no server was called: ${done.stdout}${done.stderr}`);
  return String(listener.heard[0]).trimEnd();
}

/**
 * Resolves to the replies of `vnet watch`: to a call, to one of another format, to a request to exit, to
 * inquiries.
 */
async function answersOf(
  bin: string,
  version: Buffer,
  inquiry: string,
): Promise<Readonly<Record<string, string>>> {
  const [program, ...argv] = [...ALONE, join(bin, 'vnet'), 'watch'];
  const child = spawn(program, argv, { env: { ...SURROUNDINGS }, stdio: 'ignore' });
  try {
    while (!existsSync(SOCKETS.rounds)) await pause(10);
    const call = Buffer.from(version);
    const file = statSync(join(bin, 'vnet'), { bigint: true });
    const netns = statSync(`/proc/${child.pid}/ns/net`, { bigint: true });
    [file.dev, file.ino, netns.dev, netns.ino, 0n, 0n].forEach((word, index) =>
      call.writeBigUInt64LE(word, IDENTITIES.from + 8 * index),
    );
    const withoutPod = Buffer.from(
      call.toString('latin1').replace('CNI_NETNS=/run/netns/pod-0', 'CNI_NOTNS=/run/netns/pod-0'),
      'latin1',
    );
    const other = Buffer.from(call);
    other.writeBigUInt64LE(other.readBigUInt64LE(0) + 1n, 0);
    const hexOfAnswer = async (said: Uint8Array): Promise<string> =>
      (await converse(SOCKETS.calls, said, Uint8Array.of(GO_BYTE))).toString('hex');
    const asked = { ...JSON.parse(inquiry), format: 'vnet.inquiry/0' };
    return {
      'answer-version.hex': await hexOfAnswer(withoutPod),
      'answer-other-format.hex': await hexOfAnswer(other),
      'answer-leave.hex': await hexOfAnswer(encodeLeave()),
      'reply-other-format.json': String(
        await converse(SOCKETS.rounds, Buffer.from(`${JSON.stringify(asked)}\n`)),
      ).trimEnd(),
      'reply-other-program.json': String(
        await converse(SOCKETS.rounds, Buffer.from(`${inquiry}\n`)),
      ).trimEnd(),
    };
  } finally {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}
