import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  openSync,
  writeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallWord,
  decodeCall,
  encodeAnswer,
  GO,
  offsetOfWord,
  REFUSED,
  TAKEN,
} from '../../../plugin/call-message.ts';
import { SHIM } from '../../../plugin/shim/client.ts';
import { compileProgram } from '../../../plugin/shim/compile.ts';
import { exec, mustExec, type ExecOptions, type Outcome } from '../../support/exec.ts';
import { PROCESSORS } from './processors.ts';

/** Says what it was given, as the program beside the shim, and exits as nothing else does. */
const PROGRAM = `#!/bin/sh
echo "program $# $*"
echo "as $VNET_CALLED_AS"
env | grep -c '^VNET_CALLED_AS='
echo "$CNI_COMMAND $CNI_NETNS" >&2
cat
exit 42
`;

const EMPTY_ENV = {
  CNI_COMMAND: undefined,
  CNI_NETNS: undefined,
  VNET_ROOT: undefined,
  VNET_DIRECT: undefined,
};
const STDIN = '{"cniVersion":"1.0.0"}';
const LARGE = 'x'.repeat(3 * 1024 * 1024);

/** What the resident process does with one caller. */
type Behaviour = (socket: Socket, bytes: Buffer) => void;

const answering =
  (...chunks: readonly Uint8Array[]): Behaviour =>
  (socket) => {
    socket.write(Uint8Array.of(TAKEN));
    socket.once('data', (go) => {
      expect([...go]).toEqual([GO]);
      // In parts, as a stream may bring them.
      chunks.forEach((chunk, index) => setTimeout(() => socket.write(chunk), index * 20));
    });
  };

describe.each(PROCESSORS)('the shim on $machine.name', ({ machine, emulator }) => {
  let folder: string;
  let server: Server | undefined;
  let calls: Buffer[];
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'vs-')));
    calls = [];
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/vnet'), PROGRAM, { mode: 0o755 });
    writeFileSync(join(folder, 'bin/azure-vnet'), compileProgram(SHIM, machine), { mode: 0o755 });
  });
  afterEach(async () => {
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves when there is one whose answers are these. */
  const serve = (behave: Behaviour, root = folder): Promise<void> => {
    const path = join(root, 'run/vnet/calls.sock');
    mkdirSync(dirname(path), { recursive: true });
    server = createServer((socket) => {
      let held = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', function hear(chunk) {
        held = Buffer.concat([held, chunk]);
        if (decodeCall(held) === 'missing') return;
        socket.off('data', hear);
        calls.push(held);
        behave(socket, held);
      });
    });
    return new Promise((resolve) => server?.listen(path, resolve));
  };

  type Call = ExecOptions & { readonly args?: readonly string[]; readonly path?: string };
  const start = ({ args = [], path = 'bin/azure-vnet', env, ...options }: Call = {}): Promise<Outcome> =>
    exec([...emulator, join(folder, path), ...args], {
      input: STDIN,
      ...options,
      env: { ...EMPTY_ENV, VNET_ROOT: folder, CNI_COMMAND: 'ADD', ...env },
    });
  /** Resolves to the exit code. */
  const startWith = (stdin: 'pipe' | number, env = {}): Promise<unknown> => {
    const argv = [...emulator, join(folder, 'bin/azure-vnet')];
    // Node.js makes a child's own stdin wait, but not what it has as 3.
    const child = spawn('sh', ['-c', 'exec "$@" <&3 3<&-', 'sh', ...argv], {
      env: { ...process.env, VNET_ROOT: folder, CNI_COMMAND: 'ADD', ...env },
      stdio: ['ignore', 'ignore', 'ignore', stdin],
    });
    return new Promise((resolve) => child.on('close', resolve));
  };
  const byProgram = (command = 'ADD', stdin = STDIN) => ({
    code: 42,
    stdout: `program 0 \nas ${join(folder, 'bin/azure-vnet')}\n1\n${stdin}`,
    stderr: `${command} \n`,
  });
  const answer = encodeAnswer({ exitCode: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });

  it('prints what the resident process answers, and ends with its exit code', async () => {
    await serve(answering(answer));
    const env = { CNI_NETNS: '/proc/self/ns/mnt', ODD: 'a=b', LAST: '' };
    const outcome = await start({ env });
    expect(outcome).toMatchObject({ code: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });
    const call = decodeCall(calls[0] ?? Buffer.alloc(0));
    expect(call).toMatchObject({
      role: 'azure-vnet',
      stdin: STDIN,
      env: { ...env, CNI_COMMAND: 'ADD', PATH: process.env['PATH'] },
    });
  });

  it('says which program, namespace and namespace of the pod it sees', async () => {
    await serve(answering(answer));
    const identity = (path: string) => {
      const { dev, ino } = statSync(path, { bigint: true });
      return [dev, ino];
    };
    const pod = '/proc/self/ns/uts';
    await start({ env: { CNI_NETNS: pod } });
    await start({ env: { CNI_NETNS: '/none' } });
    const of = (index: number, device: CallWord, inode: CallWord) => [
      calls[index]?.readBigUInt64LE(offsetOfWord(device)),
      calls[index]?.readBigUInt64LE(offsetOfWord(inode)),
    ];
    expect(of(0, 'programDevice', 'programInode')).toEqual(identity(join(folder, 'bin/vnet')));
    expect(of(0, 'netnsDevice', 'netnsInode')).toEqual(identity('/proc/self/ns/net'));
    expect(of(0, 'podDevice', 'podInode')).toEqual(identity(pod));
    expect(of(1, 'podDevice', 'podInode')).toEqual([0n, 0n]);
  });

  it('waits for an answer that comes in parts', async () => {
    await serve(answering(answer.subarray(0, 5), answer.subarray(5, 30), answer.subarray(30)));
    expect(await start()).toMatchObject({ code: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });
  });

  it('hands on what a runtime sends slowly, through a pipe that does not block', async () => {
    await serve(answering(answer));
    const fifo = join(folder, 'fifo');
    mustExec(['mkfifo', fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, constants.O_WRONLY);
    const ended = startWith(reader);
    closeSync(reader);
    for (const part of ['{"a"', ':', '1}']) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeSync(writer, part);
    }
    closeSync(writer);
    expect(await ended).toBe(3);
    expect(decodeCall(calls[0] ?? Buffer.alloc(0))).toMatchObject({ stdin: '{"a":1}' });
  });

  it.each<[string, Behaviour]>([
    ['refuses', (socket) => socket.end(Uint8Array.of(REFUSED))],
    ['hangs up', (socket) => socket.end()],
    ['hangs up when it has taken the call', (socket) => socket.end(Uint8Array.of(TAKEN))],
    [
      'dies before it answers',
      (socket) =>
        answering()(
          socket.once('data', () => socket.destroy()),
          Buffer.alloc(0),
        ),
    ],
    [
      'dies within its answer',
      (socket) => {
        answering(encodeAnswer({ exitCode: 0, stdout: 'never', stderr: 'never' }).subarray(0, -1))(
          socket,
          Buffer.alloc(0),
        );
        setTimeout(() => socket.destroy(), 100);
      },
    ],
    ['answers without end', answering(encodeAnswer({ exitCode: 0, stdout: LARGE, stderr: '' }))],
  ])('becomes the program, with stdin, when the resident process %s', async (_what, behave) => {
    await serve(behave);
    expect(await start()).toMatchObject(byProgram());
    expect(calls).toHaveLength(1);
  });

  it('becomes the program when nobody is there, with all of stdin, however long', async () => {
    expect(await start()).toMatchObject(byProgram());
    expect(await start({ input: LARGE })).toMatchObject(byProgram('ADD', LARGE));
    await serve(answering(answer));
    expect(await start({ input: LARGE })).toMatchObject(byProgram('ADD', LARGE));
    expect(calls).toHaveLength(0);
  });

  it('becomes the program when it is not answered in time', { timeout: 120_000 }, async () => {
    await serve(() => undefined);
    const outcome = await start();
    expect(outcome).toMatchObject(byProgram());
    expect(outcome.durationMs).toBeGreaterThan(1900);
  });

  it.each<[string, Call, string]>([
    ['arguments', { args: ['--version', 'x y'] }, 'program 2 --version x y\n'],
    ['VNET_DIRECT', { env: { VNET_DIRECT: '' } }, 'program 0 \n'],
    ['a simulated kernel', { env: { VNET_SIMULATED_KERNEL: 'f' } }, 'program 0 \n'],
    ['no command', { env: { CNI_COMMAND: undefined } }, 'program 0 \n'],
    ['an empty command', { env: { CNI_COMMAND: '' } }, 'program 0 \n'],
    ['the name of the command line', { path: 'bin/reconcile' }, 'program 0 \n'],
    [
      'a variable of its own name from elsewhere',
      { env: { VNET_DIRECT: '1', VNET_CALLED_AS: 'q' } },
      'program 0 \n',
    ],
  ])('asks nobody with %s', async (_what, call, said) => {
    linkSync(join(folder, 'bin/azure-vnet'), join(folder, 'bin/reconcile'));
    await serve(answering(answer));
    const { stdout, code } = await start(call);
    expect([code, calls.length]).toEqual([42, 0]);
    expect(stdout.startsWith(`${said}as ${join(folder, call.path ?? 'bin/azure-vnet')}\n1\n`)).toBe(true);
  });

  it('asks for the version without waiting for stdin', async () => {
    await serve(answering(answer));
    expect(await startWith('pipe', { CNI_COMMAND: 'VERSION' })).toBe(3);
  });

  it('finds the socket below a root with slashes at its end, and asks nobody where its path is too long', async () => {
    await serve(answering(answer));
    expect((await start({ env: { VNET_ROOT: `${folder}//` } })).code).toBe(3);
    const long = join(folder, 'l'.repeat(107));
    expect(await start({ env: { VNET_ROOT: long } })).toMatchObject(byProgram());
  });

  it('finds the program beside the file that a link leads to', async () => {
    symlinkSync(join(folder, 'bin/azure-vnet'), join(folder, 'link'));
    const { code, stdout } = await start({ path: 'link', env: { VNET_DIRECT: '1' } });
    expect([code, stdout.split('\n')[1]]).toEqual([42, `as ${join(folder, 'link')}`]);
  });

  it('answers with a CNI error that says what to do where the program is missing', async () => {
    mkdirSync(join(folder, 'alone'));
    copyFileSync(join(folder, 'bin/azure-vnet'), join(folder, 'alone/azure-vnet'));
    const { code, stdout } = await start({ path: 'alone/azure-vnet' });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      cniVersion: '0.4.0',
      code: 5,
      msg: expect.stringContaining('in the folder of this plugin'),
      details: expect.stringContaining('install -m 0755 dist/bin/vnet'),
    });
  });
});
