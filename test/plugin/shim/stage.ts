import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { decodeCall, encodeAnswer, GO, TAKEN } from '../../../plugin/serve/call-message.ts';
import { exec, type ExecOptions, type Outcome } from '../../support/exec.ts';
import type { Processor } from './processors.ts';

/**
 * Reports its input as the program beside the shim, and exits with a unique code. As a server, it reports to
 * a file and dies.
 */
const PROGRAM = `#!/bin/sh
if [ "$1" = serve ]; then
  open=$(ls /proc/$$/fd | tr '\\n' ' ')
  ends=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 | tr '\\n' ' ')
  session=$(cut -d' ' -f6 /proc/$$/stat)
  { echo "serve $$ $LISTEN_PID $LISTEN_FDS $LISTEN_FDNAMES"; env; echo "$open$ends$session"; } >> "$VNET_ROOT/served"
  exit 1
fi
echo "program $# $*"
echo "as $VNET_CALLED_AS"
env | grep -c '^VNET_CALLED_AS='
echo "$CNI_COMMAND $CNI_NETNS" >&2
cat
exit 42
`;

/** A program that answers calls with its process ID: a minimal server. */
export const SERVER = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const { createServer } = require('node:net');
appendFileSync(process.env.VNET_ROOT + '/served', 'serve ' + process.pid + '\\n');
const text = Buffer.from('' + process.pid);
const answer = Buffer.alloc(25 + text.length);
answer[0] = 3;
answer.writeBigUInt64LE(3n, 1);
answer.writeBigUInt64LE(BigInt(text.length), 17);
text.copy(answer, 25);
createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.write(Buffer.of(1));
    socket.once('data', () => socket.end(answer));
  });
}).listen({ fd: 3 });
`;

/** As in plugin/shim/shim.c: starting a server and its death count one each. */
export const TRIES = 8;

const EMPTY_ENV = {
  CNI_COMMAND: undefined,
  CNI_NETNS: undefined,
  VNET_ROOT: undefined,
  VNET_DIRECT: undefined,
};
export const STDIN = '{"cniVersion":"1.0.0"}';
export const LARGE = 'x'.repeat(3 * 1024 * 1024);

/** The server's behaviour towards one caller. */
export type Behaviour = (socket: Socket, bytes: Buffer) => void;

/** Accepts the call and answers it in these parts, as a stream may deliver them. */
export const answering =
  (...chunks: readonly Uint8Array[]): Behaviour =>
  (socket) => {
    socket.write(Uint8Array.of(TAKEN));
    socket.once('data', (go) => {
      expect([...go]).toEqual([GO]);
      chunks.forEach((chunk, index) => setTimeout(() => socket.write(chunk), index * 20));
    });
  };

/** A call of the shim. Shape: `path` is below the folder. */
export type Call = ExecOptions & { readonly args?: readonly string[]; readonly path?: string };

/** A directory with the shim, a program beside it, and possibly a server. */
export class Stage {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'vs-')));
  /** The calls that the server received. */
  calls: Buffer[] = [];
  readonly #emulator: readonly string[];
  #server: Server | undefined;

  constructor({ shim, emulator }: Processor) {
    this.#emulator = emulator;
    mkdirSync(join(this.folder, 'bin'));
    writeFileSync(join(this.folder, 'bin/vnet'), PROGRAM, { mode: 0o755 });
    copyFileSync(shim, join(this.folder, 'bin/azure-vnet'));
  }

  /** Resolves once there is a server that treats each caller like this. */
  serve(behave: Behaviour): Promise<void> {
    const path = join(this.folder, 'run/vnet/calls.sock');
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      let held = Buffer.alloc(0);
      socket.on('error', () => undefined);
      const hear = (chunk: Buffer): void => {
        held = Buffer.concat([held, chunk]);
        if (decodeCall(held) === 'missing') return;
        socket.off('data', hear);
        this.calls.push(held);
        behave(socket, held);
      };
      socket.on('data', hear);
    });
    this.#server = server;
    return new Promise((resolve) => void server.listen(path, resolve));
  }

  async endServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  start({ args = [], path = 'bin/azure-vnet', env, ...options }: Call = {}): Promise<Outcome> {
    return exec([...this.#emulator, join(this.folder, path), ...args], {
      input: STDIN,
      ...options,
      env: { ...EMPTY_ENV, VNET_ROOT: this.folder, CNI_COMMAND: 'ADD', ...env },
    });
  }

  /** Resolves to the exit code of a call with this stdin. */
  startWith(stdin: 'pipe' | number, env = {}): Promise<unknown> {
    const argv = [...this.#emulator, join(this.folder, 'bin/azure-vnet')];
    // Node.js makes a child's own stdin blocking, but not its descriptor 3.
    const child = spawn('sh', ['-c', 'exec "$@" <&3 3<&-', 'sh', ...argv], {
      env: { ...process.env, VNET_ROOT: this.folder, CNI_COMMAND: 'ADD', ...env },
      stdio: ['ignore', 'ignore', 'ignore', stdin],
    });
    return new Promise((resolve) => child.on('close', resolve));
  }

  /** Returns the first report of each server that the shim started. */
  servers(): readonly string[] {
    const file = join(this.folder, 'served');
    const said = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return said.filter((line) => line.startsWith('serve ')).map((line) => line.slice('serve '.length));
  }

  /** Returns the end of a call that the program ran. */
  byProgram(command = 'ADD', stdin = STDIN): Partial<Outcome> {
    return {
      code: 42,
      stdout: `program 0 \nas ${join(this.folder, 'bin/azure-vnet')}\n1\n${stdin}`,
      stderr: `${command} \n`,
    };
  }

  async remove(): Promise<void> {
    await this.endServer();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An answer with all parts. */
export const SAMPLE = encodeAnswer({ exitCode: 3, stdout: '{"ä": 1}\n', stderr: 'a note\n' });
