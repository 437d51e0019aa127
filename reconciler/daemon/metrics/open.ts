/** Opens the metrics with the requested outputs. */
import { thrownMessage } from '../../model/result.ts';
import { VERSION } from '../../app/version.ts';
import type { Output } from '../../app/output.ts';
import type { LocalAddress } from '../../os/local-http/address.ts';
import type { WatchHooks } from '../watch-hooks.ts';
import { Metrics } from './collect.ts';
import { listenForMetrics } from './listen.ts';
import { CONTENT_TYPE } from './registry.ts';
import { openMetricsFile } from './textfile.ts';

/** The requested outputs: an address, a file, or both. */
export type MetricsChoice = {
  readonly metrics?: LocalAddress;
  readonly metricsFile?: string;
};

/** The hooks that measure, and the function that closes the outputs. */
export type OpenMetrics = { readonly hooks: WatchHooks; readonly close: () => Promise<void> };

/** Resolves to the open metrics. An output that fails is reported and does not stop the loop. */
export async function openMetrics(
  { metrics: address, metricsFile }: MetricsChoice,
  output: Output,
): Promise<OpenMetrics> {
  const bun = process.versions['bun'];
  const runtime = bun === undefined ? `node ${process.versions.node}` : `bun ${bun}`;
  const metrics = new Metrics({ version: VERSION, runtime }, () => performance.now());
  const page = (): Promise<string> => metrics.render();
  const failed = (reason: string): void => output.warn(`vnet: metrics are not served: ${reason}`);
  const unlisten = address === undefined ? undefined : await tryListen(address, page, failed);
  const file =
    metricsFile === undefined
      ? undefined
      : openMetricsFile(metricsFile, page, (reason) => failed(`${metricsFile}: ${reason}`));
  return {
    hooks: {
      started: metrics.started,
      onRound: (report) => {
        metrics.onRound(report);
        file?.renew();
      },
      onCall: metrics.onCall,
      onDenial: metrics.onDenial,
      onLockWait: metrics.onLockWait,
    },
    close: async () => {
      await unlisten?.();
      await file?.close();
    },
  };
}

async function tryListen(
  address: LocalAddress,
  page: () => Promise<string>,
  failed: (reason: string) => void,
): Promise<(() => Promise<void>) | undefined> {
  try {
    return await listenForMetrics(address, page, CONTENT_TYPE);
  } catch (error) {
    failed(thrownMessage(error));
    return undefined;
  }
}
