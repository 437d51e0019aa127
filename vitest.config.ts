import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-setup.ts'],
    include: ['test/**/*.test.ts'],
    // One process for each file: a test that changes its own namespace (setns) can't disturb another file.
    pool: 'forks',
    // One more than processors, where vitest takes one less: tests of processes and of the kernel often wait.
    maxWorkers: availableParallelism() + 1,
    // A machine that does other things as well may take ten times as long.
    testTimeout: 120_000 * Number(process.env['VNET_CAMPAIGN_TIMES'] ?? 1),
    hookTimeout: 180_000,
  },
});
