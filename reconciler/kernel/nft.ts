/** Runs nft(8), the only process that vnet starts. Loaded only when a table must be made: its library takes longer to load than a whole ADD takes. */
import { execaSync } from 'execa';
import { err, failure, ok } from '../model/result.ts';
import type { Result } from '../model/result.ts';
import type { Nft } from './workshop.ts';

const STEP = 'run nft -f -';
const TIMEOUT_MS = 10_000;

/** Container runtimes may call a plugin with an odd PATH; these are where distributions keep nft. */
const FALLBACK_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns nft as the process runner of this machine. */
export function createNft(): Nft {
  return { run };
}

/** Errors: `not-found` when nft is not installed, `timeout`, else what nft said. */
function run(script: string): Result<void> {
  const path = [process.env['PATH'], FALLBACK_PATH]
    .filter((part) => part !== undefined && part !== '')
    .join(':');
  const done = execaSync('nft', ['-f', '-'], {
    input: script,
    env: { PATH: path, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    reject: false,
  });
  if (!done.failed) return ok(undefined);
  if (done.timedOut) {
    const hint = 'Look for a process that holds the ruleset, then run the command again.';
    return err(failure('timeout', STEP, `nft did not finish in ${TIMEOUT_MS / 1000} s`, { hint }));
  }
  if (done.code === 'ENOENT') {
    return err(
      failure('not-found', STEP, 'nft is not installed', { hint: 'Install it: apt-get install nftables.' }),
    );
  }
  const said = done.stderr.trim();
  const code = /operation not permitted/i.test(said) ? 'permission' : 'invalid';
  const hint =
    code === 'permission'
      ? 'Run as root, or with CAP_NET_ADMIN.'
      : 'Check that the kernel has nftables of family bridge.';
  return err(
    failure(code, STEP, said === '' ? (done.shortMessage ?? 'it failed') : firstLines(said), { hint }),
  );
}

/** nft quotes the whole script; the first lines name the fault. */
function firstLines(text: string): string {
  return text.split('\n').slice(0, 3).join('; ');
}
