import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ALIVE,
  type CallWord,
  decodeCall,
  encodeAnswer,
  offsetOfWord,
  REFUSED,
  TAKEN,
} from '../../../plugin/serve/call-message.ts';
import { mustExec } from '../../support/exec.ts';
import { BOUNDS, PROCESSORS } from './processors.ts';
import { answering, type Behaviour, type Call, LARGE, SAMPLE, Stage, STDIN, TRIES } from './stage.ts';

describe.each(PROCESSORS)('the shim on $name', (processor) => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(processor);
  });
  afterEach(() => stage.remove());

  it('prints the answer of the resident process, and exits with its code', async () => {
    await stage.serve(answering(SAMPLE));
    const env = { CNI_NETNS: '/proc/self/ns/mnt', ODD: 'a=b', LAST: '' };
    const outcome = await stage.start({ env });
    expect(outcome).toMatchObject({ code: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });
    const call = decodeCall(stage.calls[0] ?? Buffer.alloc(0));
    expect(call).toMatchObject({
      role: 'azure-vnet',
      stdin: STDIN,
      env: { ...env, CNI_COMMAND: 'ADD', PATH: process.env['PATH'] },
    });
  });

  it("sends its program, its namespace and the pod's namespace", async () => {
    await stage.serve(answering(SAMPLE));
    const identity = (path: string) => {
      const { dev, ino } = statSync(path, { bigint: true });
      return [dev, ino];
    };
    const pod = '/proc/self/ns/uts';
    await stage.start({ env: { CNI_NETNS: pod } });
    await stage.start({ env: { CNI_NETNS: '/none' } });
    const of = (index: number, device: CallWord, inode: CallWord) => [
      stage.calls[index]?.readBigUInt64LE(offsetOfWord(device)),
      stage.calls[index]?.readBigUInt64LE(offsetOfWord(inode)),
    ];
    expect(of(0, 'programDevice', 'programInode')).toEqual(identity(join(stage.folder, 'bin/vnet')));
    expect(of(0, 'netnsDevice', 'netnsInode')).toEqual(identity('/proc/self/ns/net'));
    expect(of(0, 'podDevice', 'podInode')).toEqual(identity(pod));
    expect(of(1, 'podDevice', 'podInode')).toEqual([0n, 0n]);
  });

  it('waits for an answer in parts', async () => {
    await stage.serve(answering(SAMPLE.subarray(0, 5), SAMPLE.subarray(5, 30), SAMPLE.subarray(30)));
    expect(await stage.start()).toMatchObject({ code: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });
  });

  it('forwards slow input from a runtime, through a non-blocking pipe', async () => {
    await stage.serve(answering(SAMPLE));
    const fifo = join(stage.folder, 'fifo');
    mustExec(['mkfifo', fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, constants.O_WRONLY);
    const ended = stage.startWith(reader);
    closeSync(reader);
    for (const part of ['{"a"', ':', '1}']) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeSync(writer, part);
    }
    closeSync(writer);
    expect(await ended).toBe(3);
    expect(decodeCall(stage.calls[0] ?? Buffer.alloc(0))).toMatchObject({ stdin: '{"a":1}' });
  });

  it('forwards its signals to the program, and reports its end by a signal', async () => {
    writeFileSync(join(stage.folder, 'bin/vnet'), '#!/bin/sh\nkill -TERM $PPID\nexec sleep 100\n', {
      mode: 0o755,
    });
    const outcome = await stage.start({ env: { VNET_DIRECT: '1' } });
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ code: 5, msg: expect.stringContaining('signal 15') });
  });

  it('ends the program when it is killed', async () => {
    const script = `#!/bin/sh\necho $$ > ${stage.folder}/pid\nkill -KILL $PPID\nexec sleep 100\n`;
    writeFileSync(join(stage.folder, 'bin/vnet'), script, { mode: 0o755 });
    expect((await stage.start({ env: { VNET_DIRECT: '1' } })).code).toBe(137);
    const pid = readFileSync(join(stage.folder, 'pid'), 'utf8').trim();
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 300_000 });
  });

  it.each<[string, Behaviour]>([
    ['refuses', (socket) => socket.end(Uint8Array.of(REFUSED))],
    ['answers without end', answering(encodeAnswer({ exitCode: 0, stdout: LARGE, stderr: '' }))],
  ])('becomes the program, with stdin, when the server %s', async (_what, behave) => {
    await stage.serve(behave);
    expect(await stage.start()).toMatchObject(stage.byProgram());
    expect(stage.calls).toHaveLength(1);
  });

  it.each<[string, Behaviour]>([
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
        setTimeout(() => socket.destroy(), 20);
      },
    ],
  ])('retries when the server %s, and finally executes the program', async (_what, behave) => {
    await stage.serve((socket, bytes) =>
      (stage.calls.length < 3 ? behave : answering(SAMPLE))(socket, bytes),
    );
    expect(await stage.start()).toMatchObject({ code: 3, stdout: '{"ä": 1}\n' });
    expect(stage.calls).toHaveLength(3);
    stage.calls = [];
    await stage.endServer();
    await stage.serve(behave);
    expect(await stage.start()).toMatchObject(stage.byProgram());
    expect(stage.calls).toHaveLength(TRIES);
  });

  it('executes the program if no server stays alive, with all of stdin, of any length', async () => {
    expect(await stage.start()).toMatchObject(stage.byProgram());
    // One that is gone before the shim connects costs one try, any other two.
    expect(stage.servers().length).toBeGreaterThanOrEqual(TRIES / 2);
    expect(stage.servers().length).toBeLessThanOrEqual(TRIES);
    expect(await stage.start({ input: LARGE })).toMatchObject(stage.byProgram('ADD', LARGE));
    await stage.serve(answering(SAMPLE));
    expect(await stage.start({ input: LARGE })).toMatchObject(stage.byProgram('ADD', LARGE));
    expect(stage.calls).toHaveLength(0);
    expect(stage.servers().length).toBeLessThanOrEqual(TRIES);
  });

  it('waits as long as the server sends heartbeats', async () => {
    await stage.serve((socket) => {
      const beat = setInterval(() => socket.write(Uint8Array.of(ALIVE)), 500);
      socket.on('close', () => clearInterval(beat));
      setTimeout(() => answering(SAMPLE)(socket, Buffer.alloc(0)), 2 * BOUNDS.SILENCE_S * 1000);
    });
    expect(await stage.start()).toMatchObject({ code: 3, stdout: '{"ä": 1}\n' });
  });

  it('reports a slow server before runtimes time out', async () => {
    await stage.serve((socket) => {
      const beat = setInterval(() => socket.write(Uint8Array.of(ALIVE)), 500);
      socket.on('close', () => clearInterval(beat));
    });
    const { code, stdout } = await stage.start();
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: 11 })]);
  });

  it('executes the program when the server is silent', async () => {
    await stage.serve(() => undefined);
    expect(await stage.start()).toMatchObject(stage.byProgram());
    expect(stage.calls).toHaveLength(1);
  });

  it.each<[string, Call, string]>([
    ['arguments', { args: ['--version', 'x y'] }, 'program 2 --version x y\n'],
    ['VNET_DIRECT', { env: { VNET_DIRECT: '' } }, 'program 0 \n'],
    ['no command', { env: { CNI_COMMAND: undefined } }, 'program 0 \n'],
    ['an empty command', { env: { CNI_COMMAND: '' } }, 'program 0 \n'],
    ['the name of the command line', { path: 'bin/reconcile' }, 'program 0 \n'],
    [
      'its own variable set from elsewhere',
      { env: { VNET_DIRECT: '1', VNET_CALLED_AS: 'q' } },
      'program 0 \n',
    ],
  ])('connects to no server with %s', async (_what, call, said) => {
    linkSync(join(stage.folder, 'bin/azure-vnet'), join(stage.folder, 'bin/reconcile'));
    await stage.serve(answering(SAMPLE));
    const { stdout, code } = await stage.start(call);
    expect([code, stage.calls.length]).toEqual([42, 0]);
    expect(stdout.startsWith(`${said}as ${join(stage.folder, call.path ?? 'bin/azure-vnet')}\n1\n`)).toBe(
      true,
    );
  });

  it('requests the version without waiting for stdin', async () => {
    await stage.serve(answering(SAMPLE));
    expect(await stage.startWith('pipe', { CNI_COMMAND: 'VERSION' })).toBe(3);
  });

  it('finds the socket below a root with trailing slashes, and connects to no server if its path is too long', async () => {
    await stage.serve(answering(SAMPLE));
    expect((await stage.start({ env: { VNET_ROOT: `${stage.folder}//` } })).code).toBe(3);
    const long = join(stage.folder, 'l'.repeat(107));
    expect(await stage.start({ env: { VNET_ROOT: long } })).toMatchObject(stage.byProgram());
  });

  it('finds the program beside the file that a link leads to', async () => {
    symlinkSync(join(stage.folder, 'bin/azure-vnet'), join(stage.folder, 'link'));
    const { code, stdout } = await stage.start({ path: 'link', env: { VNET_DIRECT: '1' } });
    expect([code, stdout.split('\n')[1]]).toEqual([42, `as ${join(stage.folder, 'link')}`]);
  });

  it('answers with a CNI error and a remedy if the program is missing', async () => {
    mkdirSync(join(stage.folder, 'alone'));
    copyFileSync(join(stage.folder, 'bin/azure-vnet'), join(stage.folder, 'alone/azure-vnet'));
    const { code, stdout } = await stage.start({ path: 'alone/azure-vnet' });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      cniVersion: '0.4.0',
      code: 5,
      msg: expect.stringContaining('vnet'),
      details: expect.stringContaining('install -m 0755 dist/bin/vnet'),
    });
  });
});
