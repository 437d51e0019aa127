/** Both ends of the sockets between a node's executables, without code of the present build. */
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';

/** The byte by which a caller commits to waiting for its answer. */
export const GO_BYTE = 1;

/** The byte by which a server refuses: the caller must run the call itself. */
export const REFUSED_BYTE = 0;

/**
 * Resolves to all of the server's bytes until it disconnects.
 * Shape: `then` is sent after the first byte, unless that is a refusal.
 */
export function converse(path: string, said: Uint8Array, then?: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = [];
    const socket = connect(path, () => socket.write(said));
    socket.on('data', (chunk: Buffer) => {
      if (heard.length === 0 && then !== undefined && chunk[0] !== REFUSED_BYTE) socket.write(then);
      heard.push(chunk);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(heard)));
  });
}

/**
 * A listener at the path that an executable connects to.
 * Shape: `heard` has each caller's first message as a whole.
 */
export type Listener = { readonly heard: readonly Buffer[]; readonly close: () => Promise<void> };

/**
 * Resolves to a listener that calls this with each caller's first message; a dead process's socket is
 * replaced.
 */
export async function listenAt(
  path: string,
  behave: (socket: Socket, said: Buffer) => void,
): Promise<Listener> {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (said: Buffer) => {
      heard.push(said);
      behave(socket, said);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return { heard, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
