/**
 * Loaded before each test file of a campaign: all properties start from the seed of the chunk, and their runs are counted.
 */
import fc from 'fast-check';
import { countCases } from './cases.ts';

fc.configureGlobal({
  seed: Number(process.env['VNET_CAMPAIGN_SEED']),
  reporter: (details) => {
    countCases(details.numRuns);
    if (!details.failed) return;
    throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  },
});
