/**
 * The long forms of tests: `npm run test:long` sets VNET_TEST_LONG=1. A larger number multiplies their
 * length.
 */

/** Multiple of the long form; 0 is the short form. */
const TIMES = Number(process.env['VNET_TEST_LONG'] ?? 0);

/** True if the long forms are run. */
export const isLong: boolean = TIMES > 0;

/** Returns the count or time of the selected form. */
export function longOr(short: number, long: number): number {
  return isLong ? long * TIMES : short;
}

/** The end of the title of a test that only the long form runs: the reason for which it is skipped elsewhere. */
export const inLongOnly: string = isLong ? '' : ' (npm run test:long runs it)';
