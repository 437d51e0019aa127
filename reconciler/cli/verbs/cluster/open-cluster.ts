/** Opens the cluster of a verb: credentials, transport, client. */
import { findAccess } from '../../../cluster/api/access.ts';
import { type ApiClient, createApiClient } from '../../../cluster/api/client.ts';
import { createApiClock } from '../../../cluster/api/clock.ts';
import { openTransport } from '../../../cluster/api/https.ts';
import type { ApiClock, Transport } from '../../../cluster/api/transport.ts';
import { VERSION } from '../../../app/version.ts';
import { ok, type Result } from '../../../model/result.ts';
import { readPath } from '../../../os/file.ts';
import type { VerbContext } from '../../verb.ts';

/** The cluster. */
export type OpenCluster = {
  readonly transport: Transport;
  readonly client: ApiClient;
  readonly clock: ApiClock;
};

/** Returns the cluster that the environment or the option names. Errors: there is none, or it is not supported. */
export function openCluster(
  { sys, environment, who }: VerbContext,
  kubeconfig: string | undefined,
): Result<OpenCluster> {
  const readText = (path: string): Result<string | undefined> => {
    const read = readPath(sys, path);
    if (!read.ok) return read;
    return ok(read.value === undefined ? undefined : new TextDecoder().decode(read.value));
  };
  const access = findAccess({ environment, kubeconfig, readText });
  if (!access.ok) return access;
  const transport = openTransport(access.value, `${who.replace(' ', '-')}/${VERSION}`, environment);
  return ok({ transport, client: createApiClient(transport), clock: createApiClock() });
}

/** Returns a signal that SIGINT and SIGTERM abort, and the function that ends its watch over them. */
export function stopSignal(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, end: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}
