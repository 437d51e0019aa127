import { describe, expect, it } from 'vitest';
import { tellSimulated } from './simulated.ts';
import { tellStory } from './story.ts';

describe('the lab without namespaces', () => {
  it('plays all steps on the simulated kernel, and every check passes', async () => {
    const story = tellStory(() => undefined);
    const isGood = await tellSimulated(story);
    expect(story.checks().filter((check) => !check.ok)).toEqual([]);
    expect(story.checks().length).toBeGreaterThan(10);
    expect(isGood).toBe(true);
  });
});
