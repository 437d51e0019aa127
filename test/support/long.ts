/**
 * The long forms of tests: `npm run test:long` sets VNET_TEST_LONG=1. A larger number makes them so many times as long still.
 */

/** How many times as long as the long form; 0 stands for the short form. */
const TIMES = Number(process.env['VNET_TEST_LONG'] ?? 0);

/** True where the long forms are run. */
export const isLong: boolean = TIMES > 0;

/** Returns the count, or the time, of the short form or of the long one. */
export function longOr(short: number, long: number): number {
  return isLong ? long * TIMES : short;
}
