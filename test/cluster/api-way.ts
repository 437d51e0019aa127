/** The way of a node in a namespace to a server of the test's own: a port on its loopback address, passed on through a unix socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Netns } from '../support/netns.ts';

/** Listens in the namespace. Arguments: port, path of the unix socket. */
const LISTENER = `
const { connect, createServer } = require('node:net');
const [port, path] = process.argv.slice(1);
createServer((near) => {
  const far = connect(path);
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
  near.pipe(far).pipe(near);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('up'));
`;

/** Resolves to the function that closes the way, once it is open. */
export async function openWay({ path }: Netns, port: number): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-way-'));
  const socketPath = join(folder, 'api.sock');
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => void relay.listen(socketPath, resolve));
  const argv = [`--net=${path}`, '--', process.execPath, '-e', LISTENER, String(port), socketPath];
  const listener = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(listener, 'exit');
  await Promise.race([
    once(listener.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the way to the API server did not open'))),
  ]);
  return async () => {
    listener.kill('SIGKILL');
    await ended;
    const closed = new Promise<void>((resolve) => void relay.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
}
