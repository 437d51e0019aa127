/** The last query of the host endpoint for each network, written by CNI calls (`fabric/query-record.ts`). */
import { isRecord } from '../../model/objects.ts';
import { poolQueryPath, type SilentSource } from '../../model/ports/pool-records.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readJsonCache } from '../../os/file.ts';

/** Returns those of the networks whose last query failed. */
export function readSilentSources(
  sys: Sys,
  runDirectory: string,
  networks: readonly string[],
): readonly SilentSource[] {
  return networks.flatMap((network) => {
    const failed = readJsonCache(sys, poolQueryPath(runDirectory, network), isFailed);
    return failed === undefined
      ? []
      : [{ network, message: failed.answer.error.message, askedAtMs: failed.askedAtMs }];
  });
}

type FailedQuery = {
  readonly askedAtMs: number;
  readonly answer: { readonly error: { readonly message: string } };
};

function isFailed(value: unknown): value is FailedQuery {
  if (!isRecord(value) || typeof value['askedAtMs'] !== 'number') return false;
  const { answer } = value;
  return isRecord(answer) && isRecord(answer['error']) && typeof answer['error']['message'] === 'string';
}
