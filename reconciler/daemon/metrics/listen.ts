/** Serves metrics over HTTP on this machine only. */
import { thrownMessage } from '../../model/result.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalAddress } from '../../os/local-http/address.ts';
import { endWith, pathOf, serveLocally } from '../../os/local-http/serve.ts';

/** Resolves to the text of the page. */
export type MetricsPage = () => Promise<string>;

/**
 * Resolves to the function that stops listening.
 * Errors: rejects if it cannot listen, naming the address.
 */
export function listenForMetrics(
  address: LocalAddress,
  page: MetricsPage,
  contentType: string,
): Promise<() => Promise<void>> {
  return serveLocally(address, (request, response) => void answer(request, response, { page, contentType }));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { page, contentType }: { readonly page: MetricsPage; readonly contentType: string },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return endWith(response, 405, 'GET only\n');
  if (pathOf(request) !== '/metrics') return endWith(response, 404, 'metrics are at /metrics\n');
  try {
    endWith(response, 200, await page(), contentType);
  } catch (error) {
    endWith(response, 500, `${thrownMessage(error)}\n`);
  }
}
