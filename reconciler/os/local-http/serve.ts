/** Serves HTTP on this machine only. */
import { thrownMessage } from '../../model/result.ts';
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { withUmask } from '../umask.ts';
import { type LocalAddress, renderLocalAddress } from './address.ts';

/** Answers one request. */
export type AnswerRequest = (request: IncomingMessage, response: ServerResponse) => void;

/** Mode 0660: the group of the socket may read. */
const SOCKET_UMASK = 0o117;

/**
 * Resolves to the function that stops listening. A socket left by a dead process is replaced, any other file
 * is not.
 * Errors: rejects if it cannot listen, naming the address.
 */
export async function serveLocally(
  address: LocalAddress,
  answer: AnswerRequest,
): Promise<() => Promise<void>> {
  const server = createServer(answer);
  if (address.kind === 'unix') removeSocket(address.path);
  try {
    await listen(server, address);
  } catch (error) {
    throw new Error(`${renderLocalAddress(address)}: ${thrownMessage(error)}`, { cause: error });
  }
  // The server alone must not keep the process running.
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
}

function listen(server: Server, address: LocalAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const ready = (): void => resolve();
    if (address.kind === 'tcp') server.listen(address.port, address.host, ready);
    else withUmask(SOCKET_UMASK, () => server.listen(address.path, ready));
  });
}

function removeSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

/** Ends the answer with this text. */
export function endWith(
  response: ServerResponse,
  code: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Returns the path of the request, without query. */
export function pathOf({ url }: Pick<IncomingMessage, 'url'>): string {
  return (url ?? '').replace(/[?#].*$/, '');
}
