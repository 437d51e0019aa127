/**
 * Cases of a campaign (`npm run campaign`): their number in one chunk, and the count of those that were tried. Outside a
 * campaign a test has its usual number.
 */
import { appendFileSync } from 'node:fs';

/** True in a campaign. */
export const isCampaign: boolean = process.env['VNET_CAMPAIGN_SEED'] !== undefined;

/** Returns the number of cases, multiplied in a campaign (VNET_CAMPAIGN_TIMES). */
export function casesOf(count: number): number {
  return count * Number(process.env['VNET_CAMPAIGN_TIMES'] ?? 1);
}

/** Adds tried cases to the campaign's count; does nothing outside a campaign. */
export function countCases(count: number): void {
  const file = process.env['VNET_CAMPAIGN_COUNTS'];
  if (file !== undefined) appendFileSync(file, `${count}\n`);
}
