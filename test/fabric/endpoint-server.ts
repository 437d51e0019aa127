/** A host endpoint on loopback for tests: its answer, and the queries received. */
import { createServer, type RequestListener } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The answer of an AKS node's host endpoint: one primary address, 30 secondary ones. */
export const AKS_ANSWER: string = readFileSync(join(import.meta.dirname, 'interfaces.xml'), 'utf8');

export type EndpointServer = {
  readonly url: string;
  readonly asked: readonly string[];
  answer: RequestListener;
  close(): Promise<void>;
};

/** Starts a server on a free port of 127.0.0.1 that answers the AKS sample until `answer` is replaced. */
export async function startEndpoint(): Promise<EndpointServer> {
  const asked: string[] = [];
  const handle: { answer: RequestListener } = { answer: (_, response) => response.end(AKS_ANSWER) };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handle.answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    get answer() {
      return handle.answer;
    },
    set answer(listener) {
      handle.answer = listener;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
