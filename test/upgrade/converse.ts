/** Both ends of the sockets by which executables of one node talk, without any code of the build at hand. */
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';

/** The byte by which a caller says that it still wants its answer. */
export const GO_BYTE = 1;

/** The byte by which a server says that the caller must help itself. */
export const REFUSED_BYTE = 0;

/** Resolves to all that the server says until it hangs up. Shape: `then` is sent when the first byte has come, unless that is a refusal. */
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

/** Whoever listens where an executable asks. Shape: `heard` is what each caller said first, in one piece. */
export type Listener = { readonly heard: readonly Buffer[]; readonly close: () => Promise<void> };

/** Resolves to a listener that does this with what each caller says first; a socket of a dead process is replaced. */
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
