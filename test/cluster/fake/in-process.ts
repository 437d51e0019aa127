/** The transport to a fake API server in the same process: no sockets, so that time may be virtual. */
import type { ApiAnswer, ApiRequest, Transport } from '../../../reconciler/cluster/api/transport.ts';
import { err, failure, ok } from '../../../reconciler/model/result.ts';
import type { FakeCluster } from './cluster.ts';
import type { FakeAnswer } from './types.ts';

/**
 * The state of the network. Shape: `isDown`: connections are refused; `isSilent`: nothing is answered; `latencyMs`: half of it passes before a request
 * arrives, half before its answer does, and the whole before an event does.
 */
export type FakeNetwork = { isDown: boolean; isSilent: boolean; latencyMs?: number | undefined };

export function inProcess(cluster: FakeCluster, network: FakeNetwork, token?: string): Transport {
  return {
    send: async (request, signal) => {
      const wait = (part: number): Promise<void> =>
        network.latencyMs === undefined
          ? Promise.resolve()
          : cluster.clock.sleep(network.latencyMs * part, signal);
      await wait(0.5);
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
      if ('body' in answer) await wait(0.5);
      return ok<ApiAnswer>({
        status: answer.status,
        retryAfterMs: undefined,
        chunks: chunksOf(answer, { wait, signal }),
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

const encoder = new TextEncoder();

async function* chunksOf(
  answer: FakeAnswer,
  {
    wait,
    signal,
  }: { readonly wait: (part: number) => Promise<void>; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
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
      if (waiting.length > 0) await wait(1);
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
