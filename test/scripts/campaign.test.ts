import { describe, expect, it } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CAMPAIGNS,
  type Chunk,
  nextSeed,
  parseCampaign,
  parseChunks,
  renderSummary,
} from '../../scripts/campaigns/series.ts';

const chunk = (campaign: Chunk['campaign'], seed: number, failures: readonly string[] = []): Chunk => ({
  campaign,
  seed,
  build: 'abc1234',
  cases: 100,
  seconds: 1800,
  failures,
});

describe('the record of campaigns', () => {
  it('names existing tests', () => {
    const root = join(import.meta.dirname, '../..');
    for (const { files } of Object.values(CAMPAIGNS)) {
      for (const file of files) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    }
    expect([parseCampaign('kill'), parseCampaign('other')]).toEqual(['kill', undefined]);
  });

  it('continues after a kill, with the seed of the chunk that was cut off', () => {
    const text = `${JSON.stringify(chunk('fuzz', 1))}\n${JSON.stringify(chunk('fuzz', 2))}\n{"campaign":"fu`;
    expect(nextSeed(parseChunks(text), 'fuzz')).toBe(3);
    expect(nextSeed(parseChunks(text), 'kill')).toBe(1);
  });

  it('is summed up with the seeds that failed', () => {
    const table = renderSummary([chunk('fuzz', 1), chunk('fuzz', 2, ['a test']), chunk('soak', 1)]);
    expect(table).toContain('| fuzz | 2 | 200 | 1000000 | 1 (seeds 2) | 1-2 | 1.00 | abc1234 |');
    expect(table).toContain('| kill | 0 | 0 | 10000 | 0 | - | 0.00 | - |');
    expect(renderSummary([chunk('soak', 1), chunk('fuzz', 2, ['a test']), chunk('fuzz', 1)])).toBe(table);
  });
});
