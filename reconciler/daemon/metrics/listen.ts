/** Serves metrics over HTTP on this machine only. */
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { withUmask } from '../../os/umask.ts';
import { type MetricsAddress, renderMetricsAddress } from './address.ts';

/** Resolves to the text of the page. */
export type MetricsPage = () => Promise<string>;

/** Mode 0660: the group of the socket may read metrics. */
const SOCKET_UMASK = 0o117;

/**
 * Resolves to the function that stops listening. A socket left by a dead process is replaced, any other file
 * is not.
 * Errors: rejects if it cannot listen, naming the address.
 */
export async function listenForMetrics(
  address: MetricsAddress,
  page: MetricsPage,
  contentType: string,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => void answer(request, response, { page, contentType }));
  if (address.kind === 'unix') removeSocket(address.path);
  try {
    await listen(server, address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${renderMetricsAddress(address)}: ${reason}`, { cause: error });
  }
  // The server alone must not keep the process running.
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
}

function listen(server: Server, address: MetricsAddress): Promise<void> {
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

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  { page, contentType }: { readonly page: MetricsPage; readonly contentType: string },
): Promise<void> {
  const path = (url ?? '').replace(/[?#].*$/, '');
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'GET only\n');
  if (path !== '/metrics') return end(response, 404, 'metrics are at /metrics\n');
  try {
    end(response, 200, await page(), contentType);
  } catch (error) {
    end(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function end(response: ServerResponse, code: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
