/** The transport to a fake API server in the same process: no sockets, so that time may be virtual. */
import type { ApiAnswer, ApiRequest, Transport } from '../../../reconciler/cluster/api/transport.ts';
import { err, failure, ok } from '../../../reconciler/model/result.ts';
import type { FakeCluster } from './cluster.ts';
import type { FakeAnswer } from './types.ts';

/** The state of the network. Shape: `isDown`: connections are refused; `isSilent`: nothing is answered. */
export type FakeNetwork = { isDown: boolean; isSilent: boolean };

export function inProcess(cluster: FakeCluster, network: FakeNetwork, token?: string): Transport {
  return {
    send: async (request, signal) => {
      await Promise.resolve();
      const step = `${request.method} ${request.path}`;
      if (network.isDown) return err(failure('io', step, 'connect ECONNREFUSED'));
      if (network.isSilent) return silence(step, request, signal);
      const answer = cluster.handle({
        method: request.method,
        path: request.path,
        query: new URLSearchParams({ ...request.query }),
        body: request.body ?? '',
        contentType: request.contentType ?? '',
        token,
      });
      return ok<ApiAnswer>({
        status: answer.status,
        retryAfterMs: undefined,
        chunks: chunksOf(answer, signal),
      });
    },
    close: () => undefined,
  };
}

function silence(
  step: string,
  { query }: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<ReturnType<typeof err<ReturnType<typeof failure>>>> {
  if (query?.['watch'] !== '1') return Promise.resolve(err(failure('timeout', step, 'no answer')));
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(err(failure('io', step, 'aborted'))));
  });
}

async function* chunksOf(answer: FakeAnswer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  if ('body' in answer) {
    yield encoder.encode(answer.body);
    return;
  }
  const waiting: string[] = [];
  let isEnded = false;
  let wake = (): void => undefined;
  const stop = answer.stream(
    (line) => {
      waiting.push(line);
      wake();
    },
    () => {
      isEnded = true;
      wake();
    },
  );
  const abort = (): void => {
    isEnded = true;
    wake();
  };
  signal?.addEventListener('abort', abort);
  try {
    for (;;) {
      for (let line = waiting.shift(); line !== undefined; line = waiting.shift())
        yield encoder.encode(`${line}\n`);
      if (isEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
    signal?.removeEventListener('abort', abort);
  }
}
