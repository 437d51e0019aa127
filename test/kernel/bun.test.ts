import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { execNow, renderOutcome } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const top = join(import.meta.dirname, '../..');
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = join(top, `node_modules/@oven/bun-linux-${arch}/bin/bun`);

/** Tests written for vitest, run under Bun, where `#sys` is bun:ffi as in the executable. The long form repeats the whole contract. */
const SAME_TESTS: readonly string[] = [
  'test/os/sys.test.ts',
  'test/os/contract/real.test.ts',
  'test/document/store/attributes.test.ts',
  'test/kernel/apply/delete-detached.test.ts',
  'test/os/run-tool.test.ts',
  'test/kernel/kernel.test.ts',
  ...(isLong ? ['test/kernel/contract/real.test.ts'] : []),
];

describe.skipIf(!hasNamespaces || !existsSync(bun))('under Bun, by bun:ffi', () => {
  it('system calls and the kernel are as under Node', () => {
    const preload = ['--preload', './test/support/property-setup.ts'];
    const argv = [bun, 'test', ...preload, '--timeout', '600000', ...SAME_TESTS.map((path) => `./${path}`)];
    // A few random histories show that the engine makes no difference; more of them run under Node.
    const env = { VNET_TEST_NAMESPACES: '1', VNET_CAMPAIGN_TIMES: '0.2' };
    const outcome = execNow(argv, { cwd: top, env, timeoutMs: 1_800_000 });
    const counts = /(\d+) pass\n\s*(\d+) fail/.exec(outcome.stderr);
    expect(outcome.code === 0 ? '' : renderOutcome(outcome)).toBe('');
    expect(Number(counts?.[1])).toBeGreaterThan(isLong ? 200 : 80);
    expect(Number(counts?.[2])).toBe(0);
  });
});
