/** The last query of the host endpoint for each network, written by CNI calls (`fabric/query-record.ts`). */
import { poolQueryPath, type SilentSource } from '../../model/ports/pool-records.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readJsonCache } from '../../os/file.ts';
import { isNumber, isText, withFields } from '../../model/objects.ts';

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

const isFailed = withFields<FailedQuery>({
  askedAtMs: isNumber,
  answer: withFields({ error: withFields({ message: isText }) }),
});
