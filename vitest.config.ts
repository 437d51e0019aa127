import { availableParallelism, totalmem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { isLong } from './test/support/long.ts';
import { LongestFirst } from './test/support/order.ts';
import { sharingFiles } from './test/support/processes.ts';

const sharing = [...sharingFiles()];

/** More than ten times as long as the longest test of each form takes on a machine with nothing else to do. */
const timeoutMs = isLong ? 3_600_000 : 600_000;

/**
 * Tests of processes and of the kernel wait more than they compute. A worker takes up to half a GiB with its processes, and
 * imports and compiles the sources for itself: with twelve instead of six on two processors, all tests take a fifth more processor time.
 */
const workers = Math.max(1, Math.min(availableParallelism() * 3, Math.floor(totalmem() / 2 ** 29)));

/** A test runs a function too few times to repay the optimising compiler at V8's usual threshold, a fifteenth of this. */
const interruptBudget = '--interrupt-budget=1000000';

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-setup.ts'],
    pool: 'forks',
    maxWorkers: workers,
    execArgv: [interruptBudget],
    sequence: { sequencer: LongestFirst },
    testTimeout: timeoutMs * Number(process.env['VNET_CAMPAIGN_TIMES'] ?? 1),
    hookTimeout: timeoutMs,
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
