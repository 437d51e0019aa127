import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/order.ts';
import { sharingFiles } from './test/support/processes.ts';

const sharing = [...sharingFiles()];

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-setup.ts'],
    pool: 'forks',
    // Tests of processes and of the kernel wait more than they compute.
    maxWorkers: availableParallelism() * 4,
    sequence: { sequencer: LongestFirst },
    // A machine that does other things as well may take ten times as long: no test has a shorter bound.
    testTimeout: 300_000 * Number(process.env['VNET_CAMPAIGN_TIMES'] ?? 1),
    hookTimeout: 300_000,
    projects: [
      {
        // One process for each file: a test that changes its own process cannot disturb another file.
        extends: true,
        test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: sharing, isolate: true },
      },
      { extends: true, test: { name: 'shared', include: sharing, isolate: false } },
    ],
  },
});
