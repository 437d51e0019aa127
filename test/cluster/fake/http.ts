/** The fake API server behind a socket, with the faults of networks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { FakeCluster } from './cluster.ts';

/**
 * Faults. Shape: `chunkBytes` divides every body into chunks of this length; `isSilent`: connections are accepted, never answered; `latencyMs` passes
 * before a request is handled.
 */
export type NetworkFaults = {
  chunkBytes?: number;
  isSilent?: boolean;
  cutAfterBytes?: number;
  latencyMs?: number;
};

export type FakeServer = {
  readonly url: string;
  readonly faults: NetworkFaults;
  /** Ends all connections without a word. */
  readonly drop: () => void;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

export async function serveFake(
  cluster: FakeCluster,
  tls?: { readonly key: string; readonly cert: string },
  port = 0,
): Promise<FakeServer> {
  const faults: NetworkFaults = {};
  const sockets = new Set<Socket>();
  let connections = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void respond({ cluster, faults }, request, response);
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`,
    faults,
    drop,
    connections: () => connections,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      drop();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

async function respond(
  { cluster, faults }: { cluster: FakeCluster; faults: NetworkFaults },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (faults.isSilent === true) return;
  if (faults.latencyMs !== undefined) await cluster.clock.sleep(faults.latencyMs);
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
  const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
  const contentType = request.headers['content-type'] ?? '';
  const method = request.method ?? '';
  const answered = cluster.handle({ method, path: pathname, query: searchParams, body, contentType, token });
  response.writeHead(answered.status, { 'content-type': 'application/json' });
  response.flushHeaders();
  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    const size = faults.chunkBytes ?? bytes.length;
    const end = Math.min(bytes.length, faults.cutAfterBytes ?? bytes.length);
    for (let at = 0; at < end; at += size) response.write(bytes.subarray(at, Math.min(at + size, end)));
    if (end < bytes.length) response.destroy();
  };
  if ('body' in answered) {
    write(answered.body);
    response.end();
    return;
  }
  const stop = answered.stream(
    (line) => write(`${line}\n`),
    () => response.end(),
  );
  response.on('close', stop);
}
