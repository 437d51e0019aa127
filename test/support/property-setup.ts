/**
 * Loaded before each test file: all properties start from one seed, so that a run repeats the cases of the one before it, on
 * any machine. New cases are a campaign's (`npm run campaign`), whose chunks have a seed each; their runs are counted.
 */
import fc from 'fast-check';
import { countCases } from './cases.ts';

/** The seed outside a campaign. */
const DEFAULT_SEED = 20_261_130;

const campaign = process.env['VNET_CAMPAIGN_SEED'];

fc.configureGlobal({
  seed: campaign === undefined ? DEFAULT_SEED : Number(campaign),
  ...(campaign === undefined ? {} : { reporter: countOrThrow }),
});

function countOrThrow(details: fc.RunDetails<unknown>): void {
  countCases(details.numRuns);
  if (!details.failed) return;
  throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
}
