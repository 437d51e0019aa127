import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { execNow, renderOutcome } from '../support/exec.ts';

const top = join(import.meta.dirname, '../..');
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = join(top, `node_modules/@oven/bun-linux-${arch}/bin/bun`);

/** Runs tests written for vitest under Bun, the engine of the executable. */
const SAME_TESTS = ['test/cluster/contract/fake.test.ts', 'test/cluster/api/https.test.ts'];

describe.skipIf(!existsSync(bun))('under Bun', () => {
  it('client and transport keep the same contract', () => {
    const argv = [bun, 'test', '--timeout', '600000', ...SAME_TESTS.map((path) => `./${path}`)];
    const outcome = execNow(argv, { cwd: top });
    const counts = /(\d+) pass\n(?:\s*\d+ skip\n)?\s*(\d+) fail/.exec(outcome.stderr);
    expect(outcome.code === 0 ? '' : renderOutcome(outcome)).toBe('');
    expect(Number(counts?.[1])).toBeGreaterThan(15);
    expect(Number(counts?.[2])).toBe(0);
  });
});
